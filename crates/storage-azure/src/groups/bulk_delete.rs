//! Many deletes in one request.

use async_trait::async_trait;
use http::HeaderMap;
use http::header::IF_MATCH;
use storage_core::groups::{BulkDeleteDriver, DeleteResult, DeleteTarget};
use storage_core::{ContainerName, Error, ErrorKind, Result};
use storage_http::headers::set;
use storage_http::recast;

use crate::client::lists::Answered;
use crate::driver::AzureDriver;
use crate::error::of_entry;
use crate::headers;
use crate::wire::ErrorBody;

#[async_trait]
impl BulkDeleteDriver for AzureDriver {
    fn max_keys(&self) -> usize {
        256
    }

    async fn delete_objects(
        &self,
        container: &ContainerName,
        targets: &[DeleteTarget],
    ) -> Result<Vec<DeleteResult>> {
        if targets.is_empty() {
            return Ok(Vec::new());
        }
        let conditions = targets.iter().map(|target| {
            let mut condition = HeaderMap::new();
            if let Some(etag) = &target.if_match {
                set(&mut condition, IF_MATCH, &headers::quoted(etag))?;
            }
            Ok(condition)
        });
        let conditions: Vec<HeaderMap> = conditions.collect::<Result<_>>()?;
        let answers = self.client.delete_batch(container, targets, conditions).await?;
        let results = targets
            .iter()
            .zip(answers)
            .map(|(target, answer)| DeleteResult::new(target.key.clone(), result_of(target, answer)));
        Ok(results.collect())
    }
}

/// Says what became of one object; what the answer leaves out may be gone or not.
fn result_of(target: &DeleteTarget, answer: Option<Answered>) -> Result<()> {
    let Some(answer) = answer else {
        let message = "the answer does not say what became of the object; it may be gone or not";
        return Err(Error::new(ErrorKind::UnexpectedResponse, message).with_key(target.key.as_str()));
    };
    if (200..300).contains(&answer.status) {
        return Ok(());
    }
    let body = ErrorBody::parse(&answer.body);
    let error = of_entry(answer.status, answer.code.or(body.code), body.message.as_deref());
    match (error.kind(), &target.if_match) {
        (ErrorKind::ObjectNotFound, None) => Ok(()),
        (ErrorKind::ObjectNotFound, Some(_)) => {
            Err(recast(error, ErrorKind::PreconditionFailed, "the object is not there"))
        }
        _ => Err(error.with_key(target.key.as_str())),
    }
}
