//! Commands in containers, and the output of those that run: `exec` and `attach` over WebSockets.
//!
//! The channels are those of `v4.channel.k8s.io` and `v5.channel.k8s.io`: the first byte of a frame says
//! which of standard input, output, error, outcome and size it carries; v5 can close one. What runs is the
//! simulated shell.

use std::sync::Arc;

use bytes::Bytes;
use futures::{SinkExt, StreamExt};
use http::Response;
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::tungstenite::{Message, Utf8Bytes};

use crate::access::{self, Attributes};
use crate::api::Target;
use crate::api::pods;
use crate::api::request::Request;
use crate::api::upgrade::{Handshake, Socket};
use crate::body::Body;
use crate::cluster::Inner;
use crate::json;
use crate::sim::logs::Run;
use crate::sim::shell::container::Container;
use crate::sim::shell::{Process, Said};
use crate::status::{Cause, Status};
use crate::store::{Collection, Key};

const STDIN: u8 = 0;
const STDOUT: u8 = 1;
const STDERR: u8 = 2;
const OUTCOME: u8 = 3;
const RESIZE: u8 = 4;
/// In v5: the channel in the next byte is closed.
const CLOSE: u8 = 255;

/// All was said.
const NORMAL: CloseFrame =
    CloseFrame { code: CloseCode::Normal, reason: Utf8Bytes::from_static("") };

/// The exit code of a process that was killed.
const KILLED: i32 = 137;

const PROTOCOLS: &[&str] = &["v5.channel.k8s.io", "v4.channel.k8s.io"];

/// What a request asks for.
struct Asked {
    stdin: bool,
    stdout: bool,
    stderr: bool,
    tty: bool,
}

impl Asked {
    fn read(request: &Request) -> Result<Self, Status> {
        let flag = |name: &str| request.query.flag(name);
        let asked = Self {
            stdin: flag("stdin"),
            stdout: flag("stdout"),
            stderr: flag("stderr"),
            tty: flag("tty"),
        };
        if !(asked.stdin || asked.stdout || asked.stderr) {
            let why = "you must specify at least 1 of stdin, stdout, stderr";
            return Err(Status::bad_request(why));
        }
        if asked.tty && asked.stderr {
            return Err(Status::bad_request("tty and stderr cannot both be true"));
        }
        Ok(asked)
    }
}

/// Runs a command in a container.
pub(crate) fn exec(
    cluster: &Arc<Inner>,
    request: &Request,
    target: &Target,
) -> Result<Response<Body>, Status> {
    may_create(cluster, request, target)?;
    let asked = Asked::read(request)?;
    let command: Vec<String> = request.query.all("command").map(str::to_owned).collect();
    if command.is_empty() {
        return Err(Status::bad_request("you must specify at least 1 command for the container"));
    }
    let (pod, name) = running(cluster, request, target)?;
    let read = |plural: &str, name: &str| {
        cluster.store.get(&Collection::new("", plural), &Key::new(&target.namespace, name))
    };
    let now = cluster.clock.now();
    let container = Container::of(&pod, &name, now, &read)
        .ok_or_else(|| Status::failure(404, "NotFound", not_found(&name)))?;
    let tty = asked.tty;
    let (response, channels) = channels(request, asked)?;
    let (life, broken) = (Life::of(cluster, target, &pod, name), cut(cluster));
    let started = Process::start(container, &command, tty);
    tokio::spawn(async move {
        let Some(mut channels) = channels.await else { return };
        match started {
            Ok(started) => run(&mut channels, started, life, broken).await,
            Err(why) => channels.end(&not_started(&why)).await,
        }
    });
    Ok(response)
}

/// Shows what a container prints from now on.
pub(crate) fn attach(
    cluster: &Arc<Inner>,
    request: &Request,
    target: &Target,
) -> Result<Response<Body>, Status> {
    may_create(cluster, request, target)?;
    let asked = Asked::read(request)?;
    let (pod, name) = running(cluster, request, target)?;
    let (response, channels) = channels(request, asked)?;
    let (life, broken) = (Life::of(cluster, target, &pod, name), cut(cluster));
    tokio::spawn(async move {
        let Some(mut channels) = channels.await else { return };
        show(&mut channels, life, broken).await;
    });
    Ok(response)
}

/// A WebSocket begins with a GET; what it does needs the right to create as well.
pub(super) fn may_create(
    cluster: &Inner,
    request: &Request,
    target: &Target,
) -> Result<(), Status> {
    let wanted = Attributes {
        verb: "create".to_owned(),
        group: target.resource.group.clone(),
        resource: target.resource.plural.clone(),
        subresource: target.subresource.clone(),
        namespace: target.namespace.clone(),
        name: target.name.clone(),
        path: request.path.clone(),
    };
    access::authorize(cluster, &request.user, &wanted)
}

/// The pod and the container that is meant, which runs.
fn running(
    cluster: &Inner,
    request: &Request,
    target: &Target,
) -> Result<(Arc<Value>, String), Status> {
    let pod = target.fetch(cluster)?;
    let name = pods::container(&pod, &target.name, request.query.get("container"))?;
    if json::text(&pod, &["spec", "nodeName"]).is_empty() {
        let why = format!("pod {} does not have a host assigned", target.name);
        return Err(Status::bad_request(why));
    }
    let phase = json::text(&pod, &["status", "phase"]);
    if matches!(phase, "Succeeded" | "Failed") {
        let why =
            format!("cannot exec into a container in a completed pod; current phase is {phase}");
        return Err(Status::bad_request(why));
    }
    if !runs(&pod, &name, None) {
        return Err(Status::failure(404, "NotFound", not_found(&name)));
    }
    Ok((pod, name))
}

fn not_found(container: &str) -> String {
    format!("container not found ({container:?})")
}

/// Whether a container runs; with a container id, whether it is still that run.
fn runs(pod: &Value, name: &str, id: Option<&str>) -> bool {
    let lists = ["containerStatuses", "initContainerStatuses", "ephemeralContainerStatuses"];
    let mut all = lists.iter().flat_map(|list| json::items(pod, &["status", list]));
    all.any(|status| {
        let same = id.is_none_or(|id| json::text(status, &["containerID"]) == id);
        status["name"] == name && status["state"]["running"].is_object() && same
    })
}

/// The run of a container that a process lives in.
struct Life {
    cluster: Arc<Inner>,
    target: Target,
    container: String,
    id: String,
}

impl Life {
    fn of(cluster: &Arc<Inner>, target: &Target, pod: &Value, container: String) -> Self {
        let statuses = json::items(pod, &["status", "containerStatuses"]);
        let status = statuses.iter().find(|status| status["name"] == container);
        let id = status.map_or("", |status| json::text(status, &["containerID"])).to_owned();
        let target = Target { subresource: String::new(), ..target.clone() };
        Self { cluster: cluster.clone(), target, container, id }
    }

    fn goes_on(&self) -> bool {
        let same = (!self.id.is_empty()).then_some(self.id.as_str());
        self.target.fetch(&self.cluster).is_ok_and(|pod| runs(&pod, &self.container, same))
    }

    /// Returns when the container ended.
    async fn ended(&self) {
        let mut moved = self.cluster.store.subscribe(&self.target.resource.storage);
        while self.goes_on() {
            if moved.changed().await.is_err() {
                return;
            }
        }
    }
}

/// Returns when connections to a cluster are broken; counts from the call on.
pub(super) fn cut(cluster: &Inner) -> impl Future<Output = ()> + Send + use<> {
    let mut line = cluster.line.subscribe();
    let before = *line.borrow_and_update();
    async move {
        // Without a cluster nobody breaks anything.
        if line.wait_for(|now| *now != before).await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}

/// Feeds a process and says what it says, until it ends, its container ends or nobody listens.
async fn run(
    channels: &mut Channels,
    (mut process, mut said): (Process, Said),
    life: Life,
    broken: impl Future<Output = ()>,
) {
    tokio::pin!(broken);
    loop {
        if !channels.say(&said).await {
            return;
        }
        if let Some(code) = said.exit {
            return channels.end(&outcome(code)).await;
        }
        said = tokio::select! {
            () = &mut broken => return,
            () = life.ended() => Said { exit: Some(KILLED), ..Said::default() },
            heard = channels.heard() => match heard {
                Heard::Input(bytes) => process.input(&bytes),
                Heard::Size(columns, rows) => {
                    process.resize(columns, rows);
                    Said::default()
                }
                Heard::End => process.end_of_input(),
                Heard::Nothing => Said::default(),
                Heard::Gone => return,
            },
        };
    }
}

/// Says what a container prints until it ends or nobody listens.
async fn show(channels: &mut Channels, life: Life, broken: impl Future<Output = ()>) {
    tokio::pin!(broken);
    let clock = life.cluster.clock.clone();
    let run = |pod: Option<Arc<Value>>| Run::of(&*pod?, &life.container, false);
    let Some(first) = run(life.target.fetch(&life.cluster).ok()) else { return };
    let mut printed = first.count_at(clock.now());
    loop {
        let now = clock.now();
        let current = run(life.target.fetch(&life.cluster).ok());
        let lines = current.as_ref().map(|run| run.lines(printed, now)).unwrap_or_default();
        printed += lines.len();
        let end = if channels.asked.tty { "\r\n" } else { "\n" };
        let text: String = lines.into_iter().map(|(_, line)| line + end).collect();
        if !channels.say(&Said { out: text.into_bytes(), ..Said::default() }).await {
            return;
        }
        if !life.goes_on() {
            return channels.end(&outcome(0)).await;
        }
        let wait = current.map_or(now, |run| run.time(printed)).duration_since(now);
        let wait = std::time::Duration::try_from(wait).unwrap_or_default()
            + std::time::Duration::from_millis(1);
        tokio::select! {
            () = &mut broken => return,
            () = tokio::time::sleep(wait) => {}
            () = life.ended() => {}
            heard = channels.heard() => if matches!(heard, Heard::Gone) { return },
        }
    }
}

/// How a process ended, as the outcome channel says it.
fn outcome(code: i32) -> Value {
    if code == 0 {
        return json!({"metadata": {}, "status": "Success"});
    }
    let message = format!("command terminated with non-zero exit code: exit status {code}");
    json!({"metadata": {}, "status": "Failure", "message": message, "reason": "NonZeroExitCode",
        "details": {"causes": [{"reason": "ExitCode", "message": code.to_string()}]}})
}

fn not_started(why: &str) -> Value {
    let message = format!(
        "error executing command in container: failed to exec in container: failed to start exec: \
         OCI runtime exec failed: exec failed: unable to start container process: {why}"
    );
    Status::internal(&message).with_cause(Cause::new("", "", message.clone())).to_json()
}

/// What came from the client.
enum Heard {
    Input(Vec<u8>),
    Size(u16, u16),
    /// No more input comes.
    End,
    /// A frame that says nothing here.
    Nothing,
    Gone,
}

/// The channels of a socket.
struct Channels {
    socket: Socket,
    asked: Asked,
    /// Whether a channel can be closed.
    closes: bool,
}

/// The answer to a request for channels, and the channels that follow it.
fn channels(
    request: &Request,
    asked: Asked,
) -> Result<(Response<Body>, impl Future<Output = Option<Channels>> + use<>), Status> {
    let handshake = Handshake::of(request, PROTOCOLS)?;
    let closes = handshake.protocol == PROTOCOLS[0];
    let (response, socket) = handshake.split();
    let opened = async move { Some(Channels { socket: socket.await?, asked, closes }) };
    Ok((response, opened))
}

impl Channels {
    async fn heard(&mut self) -> Heard {
        let bytes = match self.socket.next().await {
            Some(Ok(Message::Binary(bytes))) => bytes,
            Some(Ok(Message::Text(text))) => Bytes::from(text),
            Some(Ok(Message::Ping(_) | Message::Pong(_) | Message::Frame(_))) => {
                return Heard::Nothing;
            }
            Some(Ok(Message::Close(_)) | Err(_)) | None => return Heard::Gone,
        };
        match bytes.split_first() {
            Some((&STDIN, input)) if self.asked.stdin => Heard::Input(input.to_vec()),
            Some((&RESIZE, size)) => self.size(size),
            Some((&CLOSE, [STDIN])) if self.closes => Heard::End,
            _ => Heard::Nothing,
        }
    }

    fn size(&self, bytes: &[u8]) -> Heard {
        let size: Value = serde_json::from_slice(bytes).unwrap_or_default();
        let side = |name: &str| size[name].as_u64().and_then(|side| u16::try_from(side).ok());
        match (side("Width"), side("Height")) {
            (Some(columns), Some(rows)) => Heard::Size(columns, rows),
            _ => Heard::Nothing,
        }
    }

    /// Says output; false when nobody listens.
    async fn say(&mut self, said: &Said) -> bool {
        let out = self.asked.stdout.then_some((STDOUT, &said.out));
        let err = self.asked.stderr.then_some((STDERR, &said.err));
        for (channel, text) in out.into_iter().chain(err).filter(|(_, text)| !text.is_empty()) {
            if !self.send(channel, text).await {
                return false;
            }
        }
        true
    }

    async fn send(&mut self, channel: u8, text: &[u8]) -> bool {
        let frame: Vec<u8> = std::iter::once(channel).chain(text.iter().copied()).collect();
        self.socket.send(Message::binary(frame)).await.is_ok()
    }

    /// Says how it ended, and closes.
    async fn end(&mut self, outcome: &Value) {
        if self.send(OUTCOME, outcome.to_string().as_bytes()).await
            && let Err(why) = self.socket.close(Some(NORMAL)).await
        {
            tracing::debug!(%why, "the client closed first");
        }
    }
}
