//! Calls about containers.

use http::{HeaderMap, HeaderValue, Method};
use storage_core::{ContainerInfo, ContainerName, ContainerQuery, Operation, Page, PageToken, Result};
use storage_http::Answer;

use crate::client::Client;
use crate::client::blobs::{push, push_some};
use crate::client::proven;
use crate::wire;
use crate::wire::acl::AccessPolicy;

impl Client {
    /// Lists containers: [List Containers](https://learn.microsoft.com/rest/api/storageservices/list-containers2).
    pub(crate) async fn list_containers(&self, query: &ContainerQuery) -> Result<Page<ContainerInfo>> {
        let mut text = String::from("comp=list&include=metadata");
        push_some(&mut text, "marker", query.page_token.as_ref().map(PageToken::as_str));
        if let Some(limit) = query.limit {
            push(&mut text, "maxresults", &limit.clamp(1, 5000).to_string());
        }
        push_some(&mut text, "prefix", query.prefix.as_deref().filter(|it| !it.is_empty()));
        let request = self.service("ListContainers", Method::GET, &text);
        self.read(request, |body| wire::list_containers::parse(body)).await
    }

    /// Creates a container: [Create Container](https://learn.microsoft.com/rest/api/storageservices/create-container).
    pub(crate) async fn create_container(&self, name: &ContainerName, headers: HeaderMap) -> Result<()> {
        let mut request = self
            .container("CreateContainer", Method::PUT, name, "restype=container")
            .operation(Operation::CreateContainer, false);
        request.headers.extend(headers);
        self.send(request, proven).await
    }

    /// Asks for a container:
    /// [Get Container Properties](https://learn.microsoft.com/rest/api/storageservices/get-container-properties).
    pub(crate) async fn head_container(&self, name: &ContainerName) -> Result<Answer> {
        let request = self.container("GetContainerProperties", Method::HEAD, name, "restype=container");
        self.send(request, |answer| proven(answer).map(|()| answer.clone())).await
    }

    /// Deletes a container with all that is in it:
    /// [Delete Container](https://learn.microsoft.com/rest/api/storageservices/delete-container).
    pub(crate) async fn delete_container(&self, name: &ContainerName, headers: HeaderMap) -> Result<()> {
        let mut request = self
            .container("DeleteContainer", Method::DELETE, name, "restype=container")
            .operation(Operation::DeleteContainer, false);
        request.headers.extend(headers);
        self.send(request, proven).await
    }

    /// Replaces the metadata:
    /// [Set Container Metadata](https://learn.microsoft.com/rest/api/storageservices/set-container-metadata).
    pub(crate) async fn set_container_metadata(
        &self,
        name: &ContainerName,
        headers: HeaderMap,
    ) -> Result<()> {
        let query = "comp=metadata&restype=container";
        let mut request = self.container("SetContainerMetadata", Method::PUT, name, query);
        request.headers.extend(headers);
        self.send(request, proven).await
    }

    /// Asks who may do what:
    /// [Get Container ACL](https://learn.microsoft.com/rest/api/storageservices/get-container-acl).
    pub(crate) async fn get_container_acl(
        &self,
        name: &ContainerName,
    ) -> Result<(Option<String>, Vec<AccessPolicy>)> {
        let request = self.container("GetContainerAcl", Method::GET, name, "comp=acl&restype=container");
        self.send(request, |answer| {
            proven(answer)?;
            let access = answer.header(crate::names::PUBLIC_ACCESS.as_str()).map(str::to_owned);
            Ok((access, wire::acl::parse(&answer.body)?))
        })
        .await
    }

    /// Sets who may do what:
    /// [Set Container ACL](https://learn.microsoft.com/rest/api/storageservices/set-container-acl).
    pub(crate) async fn set_container_acl(
        &self,
        name: &ContainerName,
        access: Option<&'static str>,
        policies: &[AccessPolicy],
    ) -> Result<()> {
        let mut request = self
            .container("SetContainerAcl", Method::PUT, name, "comp=acl&restype=container")
            .payload(wire::acl::write(policies));
        if let Some(access) = access {
            request.headers.insert(crate::names::PUBLIC_ACCESS, HeaderValue::from_static(access));
        }
        self.send(request, proven).await
    }
}
