//! Bodies that break.

use bytes::{Bytes, BytesMut};
use futures_util::stream;
use storage_core::{Body, Error, ErrorKind, Result};

use super::rule::Effect;
use crate::gate::Gate;

/// What happens to a body at a byte.
enum Break {
    Fail(ErrorKind),
    End,
    Flip,
    Pause(Gate),
}

/// Applies the effects that are about bodies.
pub(crate) fn broken(body: Body, effects: &[Effect]) -> Body {
    let mut breaks: Vec<(u64, Break)> = effects
        .iter()
        .filter_map(|effect| match effect {
            Effect::CutBody(at) => Some((*at, Break::Fail(ErrorKind::Truncated))),
            Effect::FailBody(at, kind) => Some((*at, Break::Fail(*kind))),
            Effect::EndBody(at) => Some((*at, Break::End)),
            Effect::FlipBit(at) => Some((*at, Break::Flip)),
            Effect::PauseBody(at, gate) => Some((*at, Break::Pause(gate.clone()))),
            _ => None,
        })
        .collect();
    if breaks.is_empty() {
        return body;
    }
    breaks.sort_by_key(|(at, _)| std::cmp::Reverse(*at));
    let state = State { body, breaks, sent: 0, rest: Bytes::new(), ended: false };
    Body::new(stream::unfold(state, |mut state| async move { state.next().await.map(|it| (it, state)) }))
}

struct State {
    body: Body,
    /// The next one stands last.
    breaks: Vec<(u64, Break)>,
    sent: u64,
    rest: Bytes,
    ended: bool,
}

impl State {
    async fn next(&mut self) -> Option<Result<Bytes>> {
        loop {
            if self.ended {
                return None;
            }
            if let Some((_, due)) =
                self.breaks.pop_if(|(at, it)| *at <= self.sent && !matches!(it, Break::Flip))
            {
                match due {
                    Break::Fail(kind) => {
                        self.ended = true;
                        return Some(Err(Error::new(kind, "the body was made to fail")));
                    }
                    Break::End => return None,
                    Break::Pause(gate) => gate.pass().await,
                    Break::Flip => {}
                }
                continue;
            }
            if self.rest.is_empty() {
                match self.body.next().await? {
                    Ok(bytes) => self.rest = bytes,
                    error => return Some(error),
                }
                continue;
            }
            return Some(Ok(self.take()));
        }
    }

    /// Takes bytes up to the next break, and flips the bit if that is it.
    fn take(&mut self) -> Bytes {
        let until = |at: u64| usize::try_from(at.saturating_sub(self.sent)).unwrap_or(usize::MAX);
        let (at, flips) = match self.breaks.last() {
            Some((at, Break::Flip)) => (until(*at), true),
            Some((at, _)) => (until(*at), false),
            None => (usize::MAX, false),
        };
        let piece = match (at, flips) {
            (0, true) => {
                self.breaks.pop();
                let mut flipped = BytesMut::from(&self.rest.split_to(1)[..]);
                flipped.iter_mut().for_each(|byte| *byte ^= 1);
                flipped.freeze()
            }
            (at, _) => self.rest.split_to(at.min(self.rest.len())),
        };
        self.sent += piece.len() as u64;
        piece
    }
}
