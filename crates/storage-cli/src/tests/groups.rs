//! The optional groups of the store for tests.

use std::time::Duration;

use async_trait::async_trait;
use storage::groups::{
    Acl, AclDriver, CdnInfo, CdnOptions, CorsRule, Grant, Grantee, Permission, PresignDriver, PresignOptions,
    PresignedRequest, PublicUrlDriver, VersionEntry, VersionQuery, Versioning, VersionsDriver, WebsiteConfig,
    WebsiteDriver,
};
use storage::{
    CannedAcl, ContainerName, Error, ErrorKind, Key, ObjectEntry, ObjectRef, Page, PageToken, PutOutcome,
    Result, VersionId,
};

use super::driver::Full;

#[async_trait]
impl PresignDriver for Full {
    async fn presign(&self, it: ObjectRef<'_>, options: &PresignOptions) -> Result<PresignedRequest> {
        if options.expires > Duration::from_secs(7 * 24 * 3600) {
            return Err(Error::new(ErrorKind::InvalidInput, "a signed address lasts 7 days at most"));
        }
        let mut url =
            format!("https://full.example/{}/{}?expires={}", it.container, it.key, options.expires.as_secs());
        if let Some(version) = &options.version {
            url += &format!("&version={}", version.as_str());
        }
        for (name, value) in &options.query {
            url += &format!("&{name}={value}");
        }
        Ok(PresignedRequest::new(options.method.clone(), url.into(), options.headers.clone()))
    }
}

/// Versions that stand still: two of `a` and a deleted `b`, one on each page.
#[async_trait]
impl VersionsDriver for Full {
    async fn versioning(&self, _: &ContainerName) -> Result<Versioning> {
        Ok(Versioning::On)
    }

    async fn set_versioning(&self, _: &ContainerName, _: Versioning) -> Result<()> {
        Ok(())
    }

    async fn list_versions(&self, _: &ContainerName, query: &VersionQuery) -> Result<Page<VersionEntry>> {
        let all = [("a", "v2", 20, true, false), ("a", "v1", 10, false, false), ("ab", "v3", 0, true, true)];
        let page: usize = query.page_token.as_ref().map_or(0, |it| it.as_str().parse().unwrap());
        let (key, version, size, latest, deleted) = all[page];
        let entry = ObjectEntry::new(Key::parse(key)?, size);
        let next = (page + 1 < all.len()).then(|| PageToken::from((page + 1).to_string()));
        let starts = query.prefix.as_ref().is_none_or(|it| key.starts_with(it.as_str()));
        let entry = starts.then(|| VersionEntry::new(entry, VersionId::from(version), latest, deleted));
        Ok(Page::new(entry.into_iter().collect(), next))
    }

    async fn restore_version(&self, it: ObjectRef<'_>, version: &VersionId) -> Result<PutOutcome> {
        if version.as_str() != "v1" {
            return Err(Error::new(ErrorKind::ObjectNotFound, "there is no such version"));
        }
        self.set.lock().unwrap().restored = Some(it.key.as_str().to_owned());
        let mut outcome = PutOutcome::default();
        outcome.version = Some(VersionId::from("v4"));
        Ok(outcome)
    }
}

#[async_trait]
impl AclDriver for Full {
    async fn acl(&self, _: &ContainerName, key: Option<&Key>) -> Result<Acl> {
        let name = key.map(Key::as_str).unwrap_or_default();
        let public = self.set.lock().unwrap().acls.get(name) == Some(&CannedAcl::PublicRead);
        let mut acl = Acl::default();
        acl.owner = Some("jo".to_owned());
        let account = Grantee::Account("17".to_owned());
        acl.grants.push(Grant { grantee: account, permission: Permission::WriteAcl });
        if public {
            acl.grants.push(Grant { grantee: Grantee::Everyone, permission: Permission::Read });
        }
        Ok(acl)
    }

    async fn set_acl(&self, _: &ContainerName, _: Option<&Key>, _: &Acl) -> Result<()> {
        Err(Error::unsupported("full", "lists of one's own"))
    }

    async fn set_canned_acl(&self, _: &ContainerName, key: Option<&Key>, acl: CannedAcl) -> Result<()> {
        let name = key.map(Key::as_str).unwrap_or_default();
        self.set.lock().unwrap().acls.insert(name.to_owned(), acl);
        Ok(())
    }
}

#[async_trait]
impl WebsiteDriver for Full {
    async fn website(&self, _: &ContainerName) -> Result<Option<WebsiteConfig>> {
        Ok(self.set.lock().unwrap().website.clone())
    }

    async fn set_website(&self, _: &ContainerName, config: Option<&WebsiteConfig>) -> Result<()> {
        self.set.lock().unwrap().website = config.cloned();
        Ok(())
    }

    async fn website_url(&self, container: &ContainerName) -> Result<String> {
        Ok(format!("http://{container}.full.example"))
    }

    async fn cors(&self, _: &ContainerName) -> Result<Vec<CorsRule>> {
        Ok(self.set.lock().unwrap().cors.clone())
    }

    async fn set_cors(&self, _: &ContainerName, rules: &[CorsRule]) -> Result<()> {
        self.set.lock().unwrap().cors = rules.to_vec();
        Ok(())
    }
}

#[async_trait]
impl PublicUrlDriver for Full {
    async fn public_url(&self, container: &ContainerName, key: Option<&Key>) -> Result<String> {
        Ok(format!("https://full.example/{container}/{}", key.map(Key::as_str).unwrap_or_default()))
    }

    async fn cdn(&self, container: &ContainerName) -> Result<CdnInfo> {
        let options = self.set.lock().unwrap().cdn.clone();
        let mut info = CdnInfo::default();
        info.enabled = options.enabled;
        info.ttl = options.ttl;
        if info.enabled {
            info.urls = vec![("https".to_owned(), format!("https://{container}.cdn.example"))];
        }
        Ok(info)
    }

    async fn set_cdn(&self, _: &ContainerName, options: &CdnOptions) -> Result<()> {
        self.set.lock().unwrap().cdn = options.clone();
        Ok(())
    }

    async fn purge_cdn(&self, _: &ContainerName, _: &Key) -> Result<()> {
        Ok(())
    }
}
