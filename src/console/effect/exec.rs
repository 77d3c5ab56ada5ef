//! A shell in a container: what opening one would mean, and the session itself. The terminal is another
//! room's; here are only bytes.
//!
//! Invariant: the shell opens in the pod that was shown, or not at all.

use std::pin::Pin;

use futures::SinkExt;
use k8s_openapi::api::authorization::v1::{
    ResourceAttributes, SelfSubjectAccessReview, SelfSubjectAccessReviewSpec,
};
use k8s_openapi::api::core::v1::{ObjectReference, Pod};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Status;
use kube::api::{AttachParams, PostParams, TerminalSize};
use kube::runtime::events::{Event, EventType, Recorder, Reporter};
use kube::{Api, Client, ResourceExt};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::mpsc;

use super::words;
use super::world::{End, Prepared, Session, World};
use crate::console::model::AppKey;
use crate::console::model::sheet::{PlanRow, PlanView};
use crate::console::term::clean::Clean;

/// What is opened.
const SHELL: &str = "sh";
/// Who events come from.
const REPORTER: &str = "mizzen-console";
/// The annotation that names the container which is meant when none is.
const DEFAULT_CONTAINER: &str = "kubectl.kubernetes.io/default-container";

/// A container in which a shell may be opened, or a command be run.
pub(super) struct Wanted {
    app: AppKey,
    cluster: String,
    namespace: String,
    pod: String,
    uid: String,
    container: String,
    /// What is run; a shell on a terminal where nothing is.
    command: Vec<String>,
}

/// What opening a shell would mean. The subject is cluster, namespace, pod and, where one is meant, the
/// container, with blanks between them.
///
/// # Errors
/// A sentence: there is no such pod, it does not run, or the person may not.
pub async fn plan(
    world: &dyn World,
    number: u64,
    app: AppKey,
    subject: &str,
    command: Vec<String>,
) -> Result<Prepared, String> {
    let parts: Vec<&str> = subject.split(' ').collect();
    let [cluster, namespace, pod, rest @ ..] = parts.as_slice() else {
        return Err("put the cursor on a container".to_owned());
    };
    let client = world.client(cluster).await?;
    let found = read(&client, cluster, namespace, pod).await?;
    let container = container(&found, rest.first().copied())?;
    may(&client, cluster, namespace, pod).await?;
    let wanted = Wanted {
        app,
        cluster: (*cluster).to_owned(),
        namespace: (*namespace).to_owned(),
        pod: (*pod).to_owned(),
        uid: found.uid().unwrap_or_default(),
        container,
        command,
    };
    Ok(Prepared { view: view(number, &wanted, &found), work: Box::new(wanted) })
}

async fn read(client: &Client, cluster: &str, namespace: &str, pod: &str) -> Result<Pod, String> {
    let api: Api<Pod> = Api::namespaced(client.clone(), namespace);
    let failed = |error| {
        format!("Pod {namespace}/{pod} in {cluster} cannot be read: {}", words::api(&error))
    };
    api.get(pod).await.map_err(failed)
}

/// The container that is meant, which must run.
fn container(pod: &Pod, asked: Option<&str>) -> Result<String, String> {
    let first = || Some(pod.spec.as_ref()?.containers.first()?.name.clone());
    let name = asked.map(str::to_owned);
    let name = name.or_else(|| pod.annotations().get(DEFAULT_CONTAINER).cloned()).or_else(first);
    let name = name.ok_or_else(|| "the pod has no containers".to_owned())?;
    let statuses = pod.status.iter().flat_map(|status| status.container_statuses.iter().flatten());
    let runs = statuses
        .filter(|status| status.name == name)
        .any(|status| status.state.as_ref().is_some_and(|state| state.running.is_some()));
    match runs {
        true => Ok(name),
        false => Err(format!("container {name} of Pod {} does not run now", pod.name_any())),
    }
}

/// Whether the person may, as the cluster says.
async fn may(client: &Client, cluster: &str, namespace: &str, pod: &str) -> Result<(), String> {
    let api: Api<SelfSubjectAccessReview> = Api::all(client.clone());
    let attributes = ResourceAttributes {
        namespace: Some(namespace.to_owned()),
        verb: Some("create".to_owned()),
        resource: Some("pods".to_owned()),
        subresource: Some("exec".to_owned()),
        name: Some(pod.to_owned()),
        ..ResourceAttributes::default()
    };
    let spec = SelfSubjectAccessReviewSpec {
        resource_attributes: Some(attributes),
        ..SelfSubjectAccessReviewSpec::default()
    };
    let review = SelfSubjectAccessReview { spec, ..SelfSubjectAccessReview::default() };
    // A cluster that does not answer the question answers the request itself.
    let Ok(review) = api.create(&PostParams::default(), &review).await else { return Ok(()) };
    match review.status {
        Some(status) if !status.allowed => Err(format!(
            "this needs create on pods/exec in {namespace} of {cluster}, which you do not have"
        )),
        _ => Ok(()),
    }
}

fn view(number: u64, wanted: &Wanted, pod: &Pod) -> PlanView {
    let Wanted { cluster, namespace, pod: name, container, .. } = wanted;
    let specs = pod.spec.iter().flat_map(|spec| &spec.containers);
    let image = specs.filter(|spec| spec.name == *container).find_map(|spec| spec.image.clone());
    let node = pod.spec.as_ref().and_then(|spec| spec.node_name.clone()).unwrap_or_default();
    let object = Clean::new(&format!("Pod {namespace}/{name}, container {container}"));
    let row = PlanRow {
        cluster: cluster.clone(),
        verb: "exec".to_owned(),
        object,
        reason: Clean::own("a shell on this terminal"),
        ..PlanRow::default()
    };
    PlanView {
        number,
        headline: Clean::new(&format!(
            "Open a shell in container {container} of Pod {name} in {cluster}."
        )),
        consequences: vec![
            Clean::new(&format!("It runs {} on node {node}.", image.unwrap_or_default())),
            Clean::own(
                "The terminal is handed over: what is typed there acts on the container and on \
                 what it reaches, with no plan and no way back. `exit` or ctrl-] comes back here.",
            ),
        ],
        rows: Vec::new(),
        writes: vec![row],
        relies_on: Some(Clean::own("Only if the pod is still the one that was seen.")),
    }
}

/// Opens the shell on a terminal of so many columns and rows.
///
/// # Errors
/// A sentence: the pod is another one, or the server refuses.
pub(super) async fn open(
    world: &dyn World,
    wanted: &Wanted,
    reason: &str,
    size: (u16, u16),
) -> Result<Session, String> {
    let Wanted { cluster, namespace, pod, container, .. } = wanted;
    let client = world.client(cluster).await?;
    let found = read(&client, cluster, namespace, pod).await?;
    if found.uid().unwrap_or_default() != wanted.uid {
        return Err(format!("Pod {namespace}/{pod} is another one than was shown"));
    }
    let api: Api<Pod> = Api::namespaced(client, namespace);
    let ask = match wanted.command.is_empty() {
        true => AttachParams::interactive_tty(),
        false => AttachParams::default().stdin(false),
    };
    let ask = ask.container(container.as_str());
    let shell = [SHELL.to_owned()];
    let command = if wanted.command.is_empty() { &shell[..] } else { &wanted.command };
    let refused = |error| format!("{cluster} refuses the shell: {}", words::api(&error));
    let mut process = api.exec(pod, command, &ask).await.map_err(refused)?;
    let unusable = || "the connection carries no terminal".to_owned();
    let input: Pin<Box<dyn AsyncWrite + Send>> = match process.stdin() {
        Some(input) => Box::pin(input),
        None => Box::pin(tokio::io::sink()),
    };
    let errors: Pin<Box<dyn AsyncRead + Send>> = match process.stderr() {
        Some(errors) => Box::pin(errors),
        None => Box::pin(tokio::io::empty()),
    };
    let output = process.stdout().ok_or_else(unusable)?;
    let status = process.take_status().ok_or_else(unusable)?;
    let (size_tx, mut wanted_sizes) = mpsc::channel::<(u16, u16)>(8);
    if let Some(mut sizes) = process.terminal_size() {
        tokio::spawn(async move {
            let mut next = Some(size);
            while let Some((width, height)) = next {
                if sizes.send(TerminalSize { width, height }).await.is_err() {
                    return;
                }
                next = wanted_sizes.recv().await;
            }
        });
    }
    note(world, wanted, "ShellOpened", reason).await;
    let ended = Box::pin(async move {
        let how = status.await.map(ended);
        // What carries the bytes lives as long as the process is held.
        drop(process);
        how
    });
    Ok(Session {
        about: Clean::new(&format!("container {container} of Pod {namespace}/{pod} in {cluster}")),
        input,
        errors,
        output: Box::pin(output),
        sizes: size_tx,
        ended,
    })
}

/// How the shell, or the command, ended.
fn ended(status: Status) -> End {
    let causes = status.details.into_iter().flat_map(|details| details.causes.unwrap_or_default());
    let mut codes = causes.filter(|cause| cause.reason.as_deref() == Some("ExitCode"));
    let end = |said: String, code| End { said, code };
    match (codes.next().and_then(|cause| cause.message), status.status.as_deref()) {
        (Some(code), _) => end(format!("the shell ended with exit code {code}"), code.parse().ok()),
        (None, Some("Success")) => end("the shell ended".to_owned(), Some(0)),
        (None, _) => end(status.message.unwrap_or_else(|| "the shell failed".to_owned()), None),
    }
}

/// Leaves an event on the Application. A hub that takes none is told of in the log alone: the shell is the
/// member's affair.
pub(super) async fn note(world: &dyn World, wanted: &Wanted, what: &str, why: &str) {
    let Wanted { app, cluster, namespace, pod, container, .. } = wanted;
    let reporter = Reporter { controller: REPORTER.to_owned(), instance: None };
    let event = Event {
        type_: EventType::Normal,
        reason: what.to_owned(),
        note: Some(format!("{cluster}: {namespace}/{pod} {container}: {why}")),
        action: "Exec".to_owned(),
        secondary: None,
    };
    let about = ObjectReference {
        api_version: Some(mizzen_oam::V1BETA1.to_owned()),
        kind: Some("Application".to_owned()),
        name: Some(app.name.clone()),
        namespace: Some(app.namespace.clone()),
        ..ObjectReference::default()
    };
    if let Err(error) = Recorder::new(world.hub(), reporter).publish(&event, &about).await {
        tracing::warn!(%error, "the event of a shell could not be written");
    }
}

#[cfg(test)]
mod tests {
    use super::ended;

    #[test]
    fn ends_are_told() {
        for (status, text, code) in [
            (r#"{"status":"Success"}"#, "the shell ended", Some(0)),
            (
                r#"{"status":"Failure","reason":"NonZeroExitCode","details":{"causes":[{"reason":"ExitCode","message":"3"}]}}"#,
                "the shell ended with exit code 3",
                Some(3),
            ),
            (r#"{"status":"Failure","message":"no such file"}"#, "no such file", None),
        ] {
            let end = ended(serde_json::from_str(status).expect("a status"));
            assert_eq!((end.said.as_str(), end.code), (text, code));
        }
    }
}
