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

/// Parts of an upload of unknown length grow: behind the first thousand, which are 8 GiB, they are twice as large.
const PART_MIB: u32 = 16;

/// The programs of the peers, and whose they are. The first one is the limit: it signs nothing and repeats nothing.
const PEERS: [(&str, &str); 4] = [
    ("peer-hyper", LIMIT),
    ("peer-object-store", "object_store"),
    ("peer-opendal", "opendal"),
    ("peer-aws-sdk-s3", "aws-sdk-s3"),
];

/// Makes this library, its unsigned variant, and the peers whose programs are in a folder.
pub(crate) fn all(peers: Option<&Path>) -> Result<Vec<Contender>> {
    let own = || Contender::own(OURS, WORD).map(|it| it.with_parts(PART_MIB));
    let mut all = vec![own()?, own()?.unsigned()];
    for (program, name) in PEERS {
        let Some(program) = peers.map(|it| it.join(program)).filter(|it| it.is_file()) else { continue };
        all.push(Contender::peer(name, program));
    }
    Ok(all)
}
