//! One request to one API server, and what its failure means.

use http::Request;
use kube::Client;
use mizzen_oam::LOCAL_CLUSTER;
use serde_json::Value;

use crate::error::Error;
use crate::plan::ObjectId;
use crate::plan::object::cluster_or_local;

/// Sends a request with an optional body of a content type.
pub(crate) async fn call(
    client: &Client,
    method: &str,
    path: &str,
    body: Option<(&str, &Value)>,
) -> Result<Value, kube::Error> {
    let mut request = Request::builder().method(method).uri(path);
    let bytes = match body {
        Some((content, value)) => {
            request = request.header(http::header::CONTENT_TYPE, content);
            value.to_string().into_bytes()
        }
        None => Vec::new(),
    };
    let request = request.body(bytes).map_err(kube::Error::HttpError)?;
    client.request(request).await
}

/// What a failed request means.
pub(crate) fn error(doing: &'static str, id: &ObjectId, error: kube::Error) -> Error {
    match error {
        // A gateway answers for a member that does not.
        kube::Error::Api(status)
            if matches!(status.code, 502..=504)
                && cluster_or_local(&id.cluster) != LOCAL_CLUSTER =>
        {
            Error::Unreachable {
                cluster: id.cluster.clone(),
                doing,
                object: Box::new(id.clone()),
                why: status.message.clone(),
            }
        }
        kube::Error::Api(status) => Error::Api {
            doing,
            object: Box::new(id.clone()),
            code: status.code,
            reason: status.reason.clone(),
            message: status.message.clone(),
        },
        other => Error::Unreachable {
            cluster: id.cluster.clone(),
            doing,
            object: Box::new(id.clone()),
            why: chain(&other),
        },
    }
}

fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(inner) = source {
        text = format!("{text}: {inner}");
        source = inner.source();
    }
    text
}

/// Percent-encodes a query value.
pub(crate) fn escape(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    text.bytes()
        .map(|byte| match byte {
            byte if plain(byte) => char::from(byte).to_string(),
            byte => format!("%{byte:02X}"),
        })
        .collect()
}
