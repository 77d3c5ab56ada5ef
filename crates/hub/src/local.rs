//! Plain calls on a cluster for code inside the process: paths and JSON in, JSON or a Status out.
//!
//! Everything goes through the same service as a client's request: admission, managed fields and
//! the request record included.

use std::pin::Pin;

use bytes::Bytes;
use futures::{Stream, StreamExt};
use http::{Method, header};
use http_body_util::{BodyExt, Full};
use serde_json::Value;
use tower::ServiceExt;

use crate::service::ClusterService;
use crate::status::{Cause, Status};

/// A client inside the process.
#[derive(Clone)]
pub struct LocalApi {
    service: ClusterService,
    agent: String,
}

/// The events of a watch: the type (`ADDED`, ...) and the object.
pub type Events = Pin<Box<dyn Stream<Item = (String, Value)> + Send>>;

impl LocalApi {
    pub(crate) fn new(service: ClusterService, agent: &str) -> Self {
        Self { service, agent: agent.to_owned() }
    }

    /// Reads an object or a list.
    pub async fn get(&self, path: &str) -> Result<Value, Status> {
        self.call(Method::GET, path, "", None).await
    }

    /// Creates an object in a collection.
    pub async fn create(&self, path: &str, object: &Value) -> Result<Value, Status> {
        self.call(Method::POST, path, "application/json", Some(object)).await
    }

    /// Replaces an object.
    pub async fn replace(&self, path: &str, object: &Value) -> Result<Value, Status> {
        self.call(Method::PUT, path, "application/json", Some(object)).await
    }

    /// Merges a JSON merge patch into an object.
    pub async fn merge(&self, path: &str, patch: &Value) -> Result<Value, Status> {
        self.call(Method::PATCH, path, "application/merge-patch+json", Some(patch)).await
    }

    /// Applies an object on the server's side; `manager` owns what it names.
    pub async fn apply(&self, path: &str, manager: &str, object: &Value) -> Result<Value, Status> {
        let joint = if path.contains('?') { '&' } else { '?' };
        let path = format!("{path}{joint}fieldManager={manager}&force=true");
        self.call(Method::PATCH, &path, "application/apply-patch+yaml", Some(object)).await
    }

    /// Deletes an object; `options` is a DeleteOptions object or null.
    pub async fn delete(&self, path: &str, options: &Value) -> Result<Value, Status> {
        let body = (!options.is_null()).then_some(options);
        self.call(Method::DELETE, path, "application/json", body).await
    }

    /// Any request with a JSON body.
    pub async fn call(
        &self,
        method: Method,
        path: &str,
        content_type: &str,
        body: Option<&Value>,
    ) -> Result<Value, Status> {
        let response = self.send(method, path, content_type, body).await?;
        let (parts, body) = response.into_parts();
        let bytes = body.collect().await.map_err(Status::internal)?.to_bytes();
        let value: Value = serde_json::from_slice(&bytes)
            .unwrap_or_else(|_| Value::String(String::from_utf8_lossy(&bytes).into_owned()));
        if parts.status.is_success() {
            Ok(value)
        } else {
            Err(read_status(&value, parts.status.as_u16()))
        }
    }

    /// Watches a collection; `path` includes the query (`watch=true` is added).
    pub async fn watch(&self, path: &str) -> Result<Events, Status> {
        let joint = if path.contains('?') { '&' } else { '?' };
        let path = format!("{path}{joint}watch=true");
        let response = self.send(Method::GET, &path, "", None).await?;
        let (parts, body) = response.into_parts();
        if !parts.status.is_success() {
            let bytes = body.collect().await.map_err(Status::internal)?.to_bytes();
            let value = serde_json::from_slice(&bytes).unwrap_or_default();
            return Err(read_status(&value, parts.status.as_u16()));
        }
        let chunks = body.into_data_stream().filter_map(async |chunk| chunk.ok());
        Ok(Box::pin(chunks.flat_map(|chunk| futures::stream::iter(events(&chunk)))))
    }

    async fn send(
        &self,
        method: Method,
        path: &str,
        content_type: &str,
        body: Option<&Value>,
    ) -> Result<http::Response<crate::Body>, Status> {
        let bytes = body.map(|b| Bytes::from(b.to_string())).unwrap_or_default();
        let request = http::Request::builder()
            .method(method)
            .uri(path)
            .header(header::USER_AGENT, &self.agent)
            .header(header::ACCEPT, "application/json")
            .header(header::CONTENT_TYPE, content_type)
            .body(Full::new(bytes))
            .map_err(|why| Status::bad_request(format!("malformed request {path:?}: {why}")))?;
        self.service.clone().oneshot(request).await.map_err(Status::internal)
    }
}

/// The events of one burst; every burst of the hub ends with a whole line.
fn events(chunk: &[u8]) -> Vec<(String, Value)> {
    chunk
        .split(|byte| *byte == b'\n')
        .filter_map(|line| serde_json::from_slice::<Value>(line).ok())
        .filter_map(|mut event| {
            let object = event.get_mut("object")?.take();
            Some((event.get("type")?.as_str()?.to_owned(), object))
        })
        .collect()
}

fn read_status(value: &Value, code: u16) -> Status {
    let text = |path: &[&str]| crate::json::text(value, path).to_owned();
    let mut status = Status::failure(code, &text(&["reason"]), text(&["message"]));
    status.details.name = text(&["details", "name"]);
    status.details.group = text(&["details", "group"]);
    status.details.kind = text(&["details", "kind"]);
    status.details.causes = crate::json::items(value, &["details", "causes"])
        .iter()
        .map(|c| {
            let part = |key: &str| c[key].as_str().unwrap_or_default().to_owned();
            Cause::new(part("reason"), part("field"), part("message"))
        })
        .collect();
    status
}
