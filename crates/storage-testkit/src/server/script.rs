//! What the server does, request by request.

use std::collections::{HashMap, VecDeque};
use std::fmt;

use super::answer::Answer;
use super::request::Request;

/// What the server does, request by request.
pub struct Script {
    accepts: VecDeque<Accept>,
    source: Source,
    unexpected: usize,
}

enum Source {
    Queue(VecDeque<Answer>),
    Function(Box<dyn FnMut(&Request) -> Answer + Send>),
    Early(Box<dyn FnMut(&Request) -> Answer + Send>),
}

/// What the server does with a connection before it reads anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Accept {
    /// Reads requests and answers them.
    Serve,
    /// Closes it.
    Close,
    /// Resets it.
    Reset,
    /// Leaves it open and never reads.
    Ignore,
}

impl Script {
    /// Gives answers one after the other, over all connections.
    pub fn queue(answers: impl IntoIterator<Item = Answer>) -> Self {
        Self::new(Source::Queue(answers.into_iter().collect()))
    }

    /// Asks a function for each answer, when the body of the request has been read.
    pub fn function(function: impl FnMut(&Request) -> Answer + Send + 'static) -> Self {
        Self::new(Source::Function(Box::new(function)))
    }

    /// Asks functions by the call of the protocol that a request is, once the request is there.
    ///
    /// `call` names the call. `other` is told the name, how often that call came before, and the request; what it has no
    /// answer for, `good` answers.
    pub fn by_call(
        call: fn(&Request) -> &'static str,
        mut other: impl FnMut(&str, usize, &Request) -> Option<Answer> + Send + 'static,
        mut good: impl FnMut(&str, &Request) -> Answer + Send + 'static,
    ) -> Self {
        let mut seen: HashMap<&'static str, usize> = HashMap::new();
        Self::function(move |request| {
            let name = call(request);
            let before = seen.entry(name).or_default();
            *before += 1;
            other(name, *before - 1, request).unwrap_or_else(|| good(name, request))
        })
    }

    /// Asks a function for each answer when the head of the request has been read; the answer has to say when the
    /// body is read.
    pub fn on_head(function: impl FnMut(&Request) -> Answer + Send + 'static) -> Self {
        Self::new(Source::Early(Box::new(function)))
    }

    /// Says what to do with the first connections; those behind them are served.
    #[must_use]
    pub fn accepts(mut self, accepts: impl IntoIterator<Item = Accept>) -> Self {
        self.accepts = accepts.into_iter().collect();
        self
    }

    fn new(source: Source) -> Self {
        Self { accepts: VecDeque::new(), source, unexpected: 0 }
    }

    pub(crate) fn next_accept(&mut self) -> Accept {
        self.accepts.pop_front().unwrap_or(Accept::Serve)
    }

    /// Returns the answer if it does not wait for the body.
    pub(crate) fn early(&mut self, request: &Request) -> Option<Answer> {
        match &mut self.source {
            Source::Queue(queue) if queue.front().is_some_and(Answer::is_early) => queue.pop_front(),
            Source::Early(function) => Some(function(request)),
            _ => None,
        }
    }

    /// Returns the answer to a request that has been read.
    pub(crate) fn answer(&mut self, request: &Request) -> Answer {
        let answer = match &mut self.source {
            Source::Queue(queue) => queue.pop_front(),
            Source::Function(function) | Source::Early(function) => Some(function(request)),
        };
        answer.unwrap_or_else(|| {
            self.unexpected += 1;
            Answer::new(599).body("the script has no answer left")
        })
    }

    /// Returns how many requests found no answer, and how many answers no request.
    pub(crate) fn left_over(&self) -> (usize, usize) {
        let answers = match &self.source {
            Source::Queue(queue) => queue.len(),
            _ => 0,
        };
        (self.unexpected, answers)
    }
}

impl fmt::Debug for Script {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let source = match &self.source {
            Source::Queue(queue) => format!("queue of {}", queue.len()),
            Source::Function(_) | Source::Early(_) => "function".to_owned(),
        };
        f.debug_struct("Script")
            .field("accepts", &self.accepts)
            .field("source", &source)
            .finish_non_exhaustive()
    }
}
