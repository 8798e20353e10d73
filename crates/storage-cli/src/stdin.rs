//! Standard input as a stream.

use std::io::{self, Read as _};

use bytes::{Bytes, BytesMut};
use futures_util::stream::{self, Stream};
use tokio::sync::mpsc;

/// How much one read takes.
const READ_BYTES: usize = 256 << 10;
/// How many pieces are read ahead.
const AHEAD: usize = 4;

/// Reads standard input on a thread of its own.
///
/// A read that waits can't be stopped. The runtime would wait for it before the process ends; for this thread nobody
/// waits.
pub(crate) fn pieces() -> impl Stream<Item = io::Result<Bytes>> + Send + Unpin + 'static {
    let (sender, receiver) = mpsc::channel(AHEAD);
    drop(std::thread::spawn(move || read(&sender)));
    Box::pin(stream::unfold(receiver, |mut receiver| async move { Some((receiver.recv().await?, receiver)) }))
}

fn read(sender: &mpsc::Sender<io::Result<Bytes>>) {
    let mut stdin = io::stdin().lock();
    let mut buffer = BytesMut::new();
    loop {
        buffer.resize(READ_BYTES, 0);
        let piece = match stdin.read(&mut buffer) {
            Ok(0) => return,
            Ok(read) => Ok(buffer.split_to(read).freeze()),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => Err(error),
        };
        let ends = piece.is_err();
        // A closed channel means that nobody wants the rest.
        if sender.blocking_send(piece).is_err() || ends {
            return;
        }
    }
}
