//! Broken calls on objects.

use std::sync::atomic::Ordering;

use bytes::Bytes;
use storage_core::{
    Body, ByteRange, Checksums, ContainerName, DeleteOptions, ETag, Error, ErrorKind, GetOptions, GetOutcome,
    ListEntry, ListQuery, ObjectInfo, ObjectRef, Page, PageToken, Payload, PutOptions, PutOutcome, Result,
    WriteCondition,
};

use super::{Mutant, Mutation};

impl Mutant {
    pub(crate) async fn broken_put(
        &self,
        target: ObjectRef<'_>,
        payload: Payload,
        options: &PutOptions,
    ) -> Result<PutOutcome> {
        let mut options = options.clone();
        match (self.mutation, &options.condition) {
            (Mutation::IfAbsentIgnored, WriteCondition::IfAbsent)
            | (Mutation::IfMatchIgnored, WriteCondition::IfMatch(_)) => {
                options.condition = WriteCondition::None
            }
            (Mutation::IfAbsentByHead, WriteCondition::IfAbsent) => {
                if self.inner.head_object(target, &GetOptions::new()).await.is_ok() {
                    return Err(Error::new(ErrorKind::AlreadyExists, "it is there"));
                }
                // Between the two requests somebody else asks too, if there is anybody.
                self.heads.fetch_add(1, Ordering::SeqCst);
                for _ in 0..100_000 {
                    if self.heads.load(Ordering::SeqCst) > 1 {
                        break;
                    }
                    tokio::task::yield_now().await;
                }
                options.condition = WriteCondition::None;
            }
            _ => {}
        }
        if self.is(Mutation::PutKeepsMetadata)
            && let Ok(old) = self.inner.head_object(target, &GetOptions::new()).await
        {
            for (name, value) in old.metadata.iter() {
                if options.metadata.get(name).is_none() {
                    options.metadata.insert(name, value);
                }
            }
        }
        if self.is(Mutation::ChecksumIgnored) {
            options.expected = Checksums::new();
        }
        let mut outcome = self.inner.put_object(target, payload, &options).await?;
        if self.is(Mutation::EtagIsSize) {
            outcome.etag = self.broken_head(target, &GetOptions::new()).await?.etag;
        }
        Ok(outcome)
    }

    pub(crate) async fn broken_get(&self, target: ObjectRef<'_>, options: &GetOptions) -> Result<GetOutcome> {
        let mut options = options.clone();
        let size = self.inner.head_object(target, &GetOptions::new()).await.map_or(0, |it| it.size);
        options.range = match (self.mutation, options.range) {
            (Mutation::RangeEndInclusive, Some(ByteRange::Bounded { start, end })) => {
                Some((start..=end).into())
            }
            (Mutation::SuffixIsOffset, Some(ByteRange::Suffix(n))) => Some(ByteRange::From(n)),
            (Mutation::RangeIgnored, _) => None,
            (Mutation::EndNotClamped, Some(ByteRange::Bounded { end, .. })) if end > size => {
                return Err(Error::new(ErrorKind::InvalidRange, "the end is past the end"));
            }
            (Mutation::EmptyRangeRefused, Some(_)) if size == 0 => {
                return Err(Error::new(ErrorKind::InvalidRange, "416"));
            }
            (_, range) => range,
        };
        if self.is(Mutation::IfNoneMatchIgnored) {
            options.if_none_match = None;
        }
        let mut outcome = self.inner.get_object(target, &options).await?;
        if self.is(Mutation::TornBody) {
            // The second piece of a long body is lost.
            let mut all = Vec::new();
            while let Some(piece) = outcome.body.next().await {
                all.extend_from_slice(&piece?);
            }
            all.truncate(65_536);
            outcome.body = Body::from(Bytes::from(all));
        }
        self.forget(&mut outcome.info);
        Ok(outcome)
    }

    pub(crate) async fn broken_head(
        &self,
        target: ObjectRef<'_>,
        options: &GetOptions,
    ) -> Result<ObjectInfo> {
        let mut options = options.clone();
        if self.is(Mutation::IfNoneMatchIgnored) {
            options.if_none_match = None;
        }
        match self.inner.head_object(target, &options).await {
            Err(error)
                if self.is(Mutation::HeadMissingSucceeds) && error.kind() == ErrorKind::ObjectNotFound =>
            {
                Ok(ObjectInfo::new(target.key.clone(), 0))
            }
            Ok(mut info) => {
                self.forget(&mut info);
                Ok(info)
            }
            error => error,
        }
    }

    fn forget(&self, info: &mut ObjectInfo) {
        match self.mutation {
            Mutation::ChecksumsForgotten => info.checksums = Checksums::new(),
            Mutation::EtagIsSize => info.etag = Some(ETag::from(format!("\"{}\"", info.size))),
            _ => {}
        }
    }

    pub(crate) async fn broken_delete(&self, target: ObjectRef<'_>, options: &DeleteOptions) -> Result<()> {
        match self.mutation {
            Mutation::DeleteMissingFails => drop(self.inner.head_object(target, &GetOptions::new()).await?),
            Mutation::DeleteTakesPrefix => {
                let query = ListQuery::new().prefix(format!("{}/", target.key.as_str()));
                let page = self.inner.list_objects(target.container, &query).await?;
                for entry in page.items {
                    let below = ObjectRef::new(target.container, entry.name());
                    self.inner.delete_object(below, &DeleteOptions::new()).await?;
                }
            }
            _ => {}
        }
        match self.inner.delete_object(target, options).await {
            Err(error)
                if self.is(Mutation::DeleteMissingContainerSucceeds)
                    && error.kind() == ErrorKind::ContainerNotFound =>
            {
                Ok(())
            }
            other => other,
        }
    }

    pub(crate) async fn broken_list(
        &self,
        container: &ContainerName,
        query: &ListQuery,
    ) -> Result<Page<ListEntry>> {
        let mut query = query.clone();
        let prefix = query.prefix.clone().unwrap_or_default();
        match self.mutation {
            Mutation::PrefixGetsSlash if !prefix.is_empty() && !prefix.ends_with('/') => {
                query.prefix = Some(format!("{prefix}/"));
            }
            Mutation::PrefixIsFolded => query.prefix = Some(prefix.trim_start_matches('/').to_owned()),
            Mutation::LimitIgnored => query.limit = None,
            _ => {}
        }
        if self.is(Mutation::StartAfterInclusive)
            && let Some(after) = query.start_after.take()
        {
            let mut page = self.inner.list_objects(container, &query).await?;
            page.items.retain(|it| *it.name().as_str() >= *after);
            return Ok(page);
        }
        let mut page = self.inner.list_objects(container, &query).await?;
        let repeated = query.page_token.is_some() && self.is(Mutation::PrefixesRepeat);
        match self.mutation {
            Mutation::PageSkipsLast if page.next.is_some() => drop(page.items.pop()),
            Mutation::PageRepeatsLast if page.next.is_some() => page.items.extend(page.items.last().cloned()),
            Mutation::PagesEndEarly => page.next = None,
            Mutation::OddKeysHidden => page.items.retain(|it| !it.name().contains("//")),
            Mutation::PrefixesRepeat => {
                // The token is the last key and not the prefix, so its other keys bring the prefix again.
                if let Some(ListEntry::Prefix(last)) = page.items.last()
                    && page.next.is_some()
                    && !repeated
                {
                    page.next = Some(PageToken::new(format!("k{}", last.as_str())));
                }
            }
            _ => {}
        }
        Ok(page)
    }
}
