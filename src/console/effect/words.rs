//! What a server or a connection answered, as one sentence without the layers it came through.

use std::error::Error;

use kube::error::DiscoveryError;
use kube::runtime::watcher;

/// The server's own words where it answered, else what ended the connection.
#[must_use]
pub(crate) fn api(error: &kube::Error) -> String {
    match error {
        kube::Error::Api(status) if !status.message.is_empty() => status.message.clone(),
        kube::Error::Discovery(DiscoveryError::MissingKind(_)) => {
            "a kind of what was delivered is not served there".to_owned()
        }
        kube::Error::SerdeError(error) if error.is_eof() => "the answer broke off".to_owned(),
        kube::Error::SerdeError(error) => format!("the answer cannot be understood: {error}"),
        other => innermost(other),
    }
}

/// The same for a watch.
#[must_use]
pub(super) fn watch(error: &watcher::Error) -> String {
    match error {
        watcher::Error::InitialListFailed(error)
        | watcher::Error::WatchStartFailed(error)
        | watcher::Error::WatchFailed(error) => api(error),
        watcher::Error::WatchError(status) => status.message.clone(),
        watcher::Error::NoResourceVersion => "the server answered without a version".to_owned(),
    }
}

/// The last cause that says anything.
fn innermost(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        let said = cause.to_string();
        if !said.is_empty() {
            text = said;
        }
        next = cause.source();
    }
    text
}
