//! What single calls may ask of Azure alone.

/// Options of a delete that only Azure has. Attach them with `extension`.
///
/// ```
/// use storage_azure::{AzureDeleteOptions, DeleteSnapshots};
/// use storage_core::DeleteOptions;
/// let own = AzureDeleteOptions::new().snapshots(DeleteSnapshots::Include);
/// let options = DeleteOptions::new().extension(own);
/// ```
#[derive(Clone, Debug, Default)]
#[must_use = "options do nothing by themselves"]
#[non_exhaustive]
pub struct AzureDeleteOptions {
    /// The lease that protects the blob, which the caller holds.
    pub lease_id: Option<String>,
    /// What becomes of the blob's snapshots; a blob that has some is not deleted unless this is set.
    pub snapshots: Option<DeleteSnapshots>,
}

impl AzureDeleteOptions {
    /// Starts with nothing set.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets the lease that protects the blob.
    pub fn lease_id(mut self, id: impl Into<String>) -> Self {
        self.lease_id = Some(id.into());
        self
    }

    /// Sets what becomes of the blob's snapshots.
    pub fn snapshots(mut self, snapshots: DeleteSnapshots) -> Self {
        self.snapshots = Some(snapshots);
        self
    }
}

/// What becomes of the snapshots of a blob that is deleted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum DeleteSnapshots {
    /// They are deleted with it.
    Include,
    /// They are deleted, and the blob stays.
    Only,
}

impl DeleteSnapshots {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Include => "include",
            Self::Only => "only",
        }
    }
}
