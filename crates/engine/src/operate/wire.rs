//! The few requests that operations make of the hub, and their errors as sentences.

use http::{Method, Request};
use kube::Client;
use mizzen_oam::meta::group_of;
use mizzen_oam::{Application, ResourceTracker, WorkflowRun, labels};
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::error::OperateError;
use super::intent::id;
use super::rollback::History;
use super::subject::Subject;
use crate::error::causes;
use crate::plan::ObjectId;
use crate::workflow::Spec;

/// Reads an application.
///
/// # Errors
/// [`OperateError::Api`] when it does not exist or the hub does not answer.
pub async fn application(
    client: &Client,
    namespace: &str,
    name: &str,
) -> Result<Application, OperateError> {
    subject(client, namespace, name).await
}

/// Reads a WorkflowRun.
///
/// # Errors
/// As [`application`].
pub async fn workflow_run(
    client: &Client,
    namespace: &str,
    name: &str,
) -> Result<WorkflowRun, OperateError> {
    subject(client, namespace, name).await
}

/// Reads what an operation is about.
pub(super) async fn subject<S: Subject>(
    client: &Client,
    namespace: &str,
    name: &str,
) -> Result<S, OperateError> {
    let object = ObjectId::on_hub(S::API_VERSION, S::KIND, namespace, name);
    let value = send(client, "read", &object, Method::GET, &path(&object, None), None).await?;
    read(&object, value)
}

/// Reads what the hub stores of an application's past.
///
/// # Errors
/// As [`application`].
pub async fn history(client: &Client, app: &Application) -> Result<History, OperateError> {
    let (namespace, name) = (&app.metadata.namespace, &app.metadata.name);
    let of_app = format!("{}={name}", labels::APP_NAME);
    let revisions = id("ApplicationRevision", namespace, "");
    let url = format!("{}?labelSelector={}", path(&revisions, None), encoded(&of_app));
    let revisions = list(client, &revisions, &url).await?;
    let of_both = format!("{of_app},{}={namespace}", labels::APP_NAMESPACE);
    let trackers = id("ResourceTracker", "", "");
    let url = format!("{}?labelSelector={}", path(&trackers, None), encoded(&of_both));
    let trackers: Vec<ResourceTracker> = list(client, &trackers, &url).await?;
    Ok(History { revisions, trackers })
}

/// The workflow that a run follows.
///
/// # Errors
/// As [`application`], and [`OperateError::Unreadable`] when the steps make no sense.
pub async fn spec<S: Subject>(client: &Client, of: &S) -> Result<Spec, OperateError> {
    of.follows(client).await
}

/// What a person steers by a name.
#[derive(Clone, Debug)]
pub enum Found {
    /// The application of that name.
    Application(Box<Application>),
    /// The run without an application, where there is none of that name.
    Run(Box<WorkflowRun>),
}

/// Finds what a name stands for.
///
/// # Errors
/// As [`application`], also when there is neither.
pub async fn found(client: &Client, namespace: &str, name: &str) -> Result<Found, OperateError> {
    let gone = |error: &OperateError| error.code() == Some(404);
    let missing = match application(client, namespace, name).await {
        Err(missing) if gone(&missing) => missing,
        answer => return answer.map(|app| Found::Application(Box::new(app))),
    };
    match workflow_run(client, namespace, name).await {
        Err(error) if gone(&error) => Err(missing),
        answer => answer.map(|run| Found::Run(Box::new(run))),
    }
}

/// Reads a Workflow that another object refers to.
pub(super) async fn workflow<T: DeserializeOwned>(
    client: &Client,
    namespace: &str,
    name: &str,
) -> Result<T, OperateError> {
    let object = ObjectId::on_hub(mizzen_oam::V1ALPHA1, "Workflow", namespace, name);
    let value = send(client, "read", &object, Method::GET, &path(&object, None), None).await?;
    read(&object, value)
}

async fn list<T: DeserializeOwned>(
    client: &Client,
    object: &ObjectId,
    url: &str,
) -> Result<Vec<T>, OperateError> {
    let mut value = send(client, "list", object, Method::GET, url, None).await?;
    let items = value["items"].as_array_mut().map(std::mem::take).unwrap_or_default();
    items.into_iter().map(|item| read(object, item)).collect()
}

/// Reads a value as a type.
pub(super) fn read<T: DeserializeOwned>(
    object: &ObjectId,
    value: Value,
) -> Result<T, OperateError> {
    serde_json::from_value(value)
        .map_err(|why| OperateError::Unreadable { object: named(object), why: why.to_string() })
}

/// The path of an object on the hub.
pub(super) fn path(object: &ObjectId, subresource: Option<&str>) -> String {
    let root = match group_of(&object.api_version) {
        "" => format!("/api/{}", object.api_version),
        _ => format!("/apis/{}", object.api_version),
    };
    let plural = format!("{}s", object.kind.to_lowercase());
    let mut path = match object.namespace.as_str() {
        "" => format!("{root}/{plural}"),
        namespace => format!("{root}/namespaces/{namespace}/{plural}"),
    };
    let name = Some(object.name.as_str()).filter(|name| !name.is_empty());
    for part in [name, subresource].into_iter().flatten() {
        path.push('/');
        path.push_str(part);
    }
    path
}

/// A query value with its reserved characters escaped.
fn encoded(text: &str) -> String {
    text.bytes()
        .map(|byte| match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' => {
                char::from(byte).to_string()
            }
            byte => format!("%{byte:02X}"),
        })
        .collect()
}

/// One request; the body, where there is one, with its content type.
pub(super) async fn send(
    client: &Client,
    doing: &'static str,
    object: &ObjectId,
    method: Method,
    path: &str,
    body: Option<(&str, &Value)>,
) -> Result<Value, OperateError> {
    let failed =
        |code: u16, why: String| OperateError::Api { doing, object: named(object), code, why };
    let mut request = Request::builder().method(method).uri(path);
    let mut bytes = Vec::new();
    if let Some((content_type, value)) = body {
        request = request.header(http::header::CONTENT_TYPE, content_type);
        bytes = value.to_string().into_bytes();
    }
    let request = request.body(bytes).map_err(|why| failed(0, why.to_string()))?;
    client.request::<Value>(request).await.map_err(|error| match error {
        kube::Error::Api(status) => failed(status.code, status.message),
        other => failed(0, causes(&other)),
    })
}

fn named(object: &ObjectId) -> String {
    format!("{} {}", object.kind, object.path())
}
