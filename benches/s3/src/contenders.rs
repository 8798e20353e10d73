//! Who is compared: this library, and the programs of the peers.

use std::path::Path;

use bench_kit::Result;
use bench_kit::compare::Contender;

/// The name of this library.
pub(crate) const OURS: &str = "storage";
/// The word that makes this program a contender.
pub(crate) const WORD: &str = "storage";
/// The name of the peer that nobody can be faster than.
pub(crate) const LIMIT: &str = "hyper (limit)";

/// The programs of the peers, and whose they are. The first one is the limit: it signs nothing and repeats nothing.
const PEERS: [(&str, &str); 4] = [
    ("peer-hyper", LIMIT),
    ("peer-object-store", "object_store"),
    ("peer-opendal", "opendal"),
    ("peer-aws-sdk-s3", "aws-sdk-s3"),
];

/// Makes this library, its unsigned variant, and the peers whose programs are in a folder.
pub(crate) fn all(peers: Option<&Path>) -> Result<Vec<Contender>> {
    let mut all = vec![Contender::own(OURS, WORD)?, Contender::own(OURS, WORD)?.unsigned()];
    for (program, name) in PEERS {
        let Some(program) = peers.map(|it| it.join(program)).filter(|it| it.is_file()) else { continue };
        all.push(Contender::peer(name, program));
    }
    Ok(all)
}
