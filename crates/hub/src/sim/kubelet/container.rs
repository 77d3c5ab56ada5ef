//! One container from nothing to its end: pulling, running, failing, backing off.
//!
//! A state and the present moment give the next state; [`Step::advance`] repeats that until time has
//! to pass. Times in the status are whole seconds, and so are all moments here.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::{Kubelet, status::Progress};
use crate::clock::format_seconds;
use crate::json::{int, items, meta, text};
use crate::sim::behaviour::Behaviour;
use crate::sim::object::hash32;
use crate::sim::plan::{Note, Plan};
use crate::sim::world::{Kind, controller};

/// Restarts that one call catches up with at most, after the simulation was away.
const CATCH_UP: usize = 64;
/// How long an error shows before its back-off does.
const SHOWN: i64 = 2;
const LONGEST_BACKOFF: i64 = 300;

/// A container that is moved.
pub(super) struct Step<'a> {
    pub(super) kubelet: &'a Kubelet<'a>,
    pub(super) spec: &'a Value,
    /// The field of the pod's spec that lists it.
    pub(super) list: &'static str,
    /// `Always`, `OnFailure` or `Never`.
    pub(super) policy: &'a str,
    pub(super) sidecar: bool,
}

/// Whether what comes after a container may begin.
pub(super) enum Outcome {
    /// It ended well (or, for a sidecar, started) at this moment.
    Done(Timestamp),
    /// It did not yet.
    Busy,
}

/// The next state, and when the one after it begins.
enum Next {
    Change,
    Wait(Option<Timestamp>),
}

impl Step<'_> {
    /// Moves the container as far as time allows; `begin` is when it may start, if it may.
    pub(super) fn advance(
        &self,
        begin: Option<Timestamp>,
        progress: &mut Progress,
        plan: &mut Plan,
    ) -> Outcome {
        let mut status = self.previous();
        for _ in 0..CATCH_UP {
            match self.next(&mut status, begin, plan) {
                Next::Change => {}
                Next::Wait(at) => {
                    if let Some(at) = at {
                        progress.wake_at(at);
                    }
                    break;
                }
            }
        }
        let outcome = self.outcome(&status);
        progress.add(self.list, status);
        outcome
    }

    fn name(&self) -> &str {
        text(self.spec, &["name"])
    }

    fn image(&self) -> &str {
        text(self.spec, &["image"])
    }

    fn now(&self) -> Timestamp {
        self.kubelet.ctx.now
    }

    fn behaviour(&self) -> Behaviour {
        let behaviour = Behaviour::of(self.kubelet.pod, self.spec);
        let pod = self.kubelet.pod;
        let for_job = controller(pod).is_some_and(|o| o["kind"] == "Job");
        if behaviour == Behaviour::Run
            && (for_job || self.list == "initContainers")
            && !self.sidecar
        {
            let after = if for_job && self.list == "containers" {
                self.kubelet.ctx.options.timing.job
            } else {
                self.kubelet.ctx.options.timing.init
            };
            return Behaviour::Exit { after, code: 0, oom: false };
        }
        behaviour
    }

    fn field(&self) -> &'static str {
        if self.list == "containers" { "containerStatuses" } else { "initContainerStatuses" }
    }

    /// The status so far, or that of a container that was not looked at yet. A container whose image
    /// was changed in place starts again.
    fn previous(&self) -> Value {
        let known = items(self.kubelet.pod, &["status", self.field()])
            .iter()
            .find(|c| c["name"] == self.name())
            .cloned();
        let mut status = known.unwrap_or_else(|| {
            json!({"name": self.name(), "state": {}, "lastState": {}, "ready": false,
                "restartCount": 0, "image": self.image(), "imageID": "", "started": false})
        });
        if status["image"] != self.image() {
            status["image"] = json!(self.image());
            self.restart_for_image(&mut status);
        }
        status
    }

    fn restart_for_image(&self, status: &mut Value) {
        let running = status["state"]["running"].clone();
        if running.is_object() {
            let now = format_seconds(self.now());
            status["lastState"] = json!({"terminated": {"exitCode": 0, "reason": "Completed",
                "startedAt": running["startedAt"], "finishedAt": now,
                "containerID": status["containerID"]}});
            status["restartCount"] = json!(status["restartCount"].as_i64().unwrap_or(0) + 1);
        }
        status["state"] = json!({});
        status["imageID"] = json!("");
        status["ready"] = json!(false);
        status["started"] = json!(false);
    }

    fn outcome(&self, status: &Value) -> Outcome {
        let state = &status["state"];
        if self.sidecar && status["started"] == true {
            return moment(&state["running"]["startedAt"]).map_or(Outcome::Busy, Outcome::Done);
        }
        match moment(&state["terminated"]["finishedAt"]) {
            Some(end) if state["terminated"]["exitCode"] == 0 => Outcome::Done(end),
            _ => Outcome::Busy,
        }
    }

    fn next(&self, status: &mut Value, begin: Option<Timestamp>, plan: &mut Plan) -> Next {
        if status["state"]["running"].is_object() {
            return self.running(status, plan);
        }
        let ended = if status["state"]["terminated"].is_object() {
            Some(status["state"]["terminated"].clone())
        } else if status["state"]["waiting"]["reason"] == "CrashLoopBackOff" {
            Some(status["lastState"]["terminated"].clone())
        } else {
            None
        };
        match (ended, begin) {
            (Some(ended), _) => self.ended(status, &ended, plan),
            (None, None) => {
                let init = !items(self.kubelet.pod, &["spec", "initContainers"]).is_empty();
                let init = init && self.list == "containers";
                self.wait(status, if init { "PodInitializing" } else { "ContainerCreating" }, "");
                Next::Wait(None)
            }
            (None, Some(begin)) => self.starting(status, begin, plan),
        }
    }

    fn wait(&self, status: &mut Value, reason: &str, message: &str) {
        let mut waiting = json!({"reason": reason});
        if !message.is_empty() {
            waiting["message"] = json!(message);
        }
        status["state"] = json!({"waiting": waiting});
        status["ready"] = json!(false);
        status["started"] = json!(false);
    }

    fn tell(&self, plan: &mut Plan, note: Note) {
        plan.tell(self.kubelet.about(note, self.list, self.name()));
    }

    /// Pulls the image and starts the container, or fails to.
    fn starting(&self, status: &mut Value, begin: Timestamp, plan: &mut Plan) -> Next {
        let first = status["state"].as_object().is_none_or(|s| s.is_empty())
            || status["state"]["waiting"]["reason"] == "PodInitializing";
        let present = self.is_present();
        let pulls = !present || text(self.spec, &["imagePullPolicy"]) == "Always";
        let behaviour = self.behaviour();
        if behaviour == Behaviour::BadName {
            return self.bad_name(status, plan);
        }
        if first && pulls {
            self.tell(
                plan,
                self.kubelet.note("Pulling", format!("Pulling image {:?}", self.image())),
            );
        }
        if behaviour == Behaviour::PullFail {
            return self.pull_fails(status, begin, plan);
        }
        let pull = self.pull_time(behaviour, pulls);
        let timing = &self.kubelet.ctx.options.timing;
        let start = add(begin, pull + timing.start);
        if first {
            self.wait(status, "ContainerCreating", "");
        }
        if start > self.now() {
            return Next::Wait(Some(start));
        }
        if let Some(problem) = self.kubelet.missing_reference(self.spec) {
            return self.cannot_create(status, "CreateContainerConfigError", &problem, plan);
        }
        if behaviour == Behaviour::CreateFail {
            let problem =
                format!("failed to create containerd task: no such file: {:?}", self.name());
            return self.cannot_create(status, "CreateContainerError", &problem, plan);
        }
        self.start(status, start, if pulls { Some(pull) } else { None }, plan);
        Next::Change
    }

    fn pull_time(&self, behaviour: Behaviour, pulls: bool) -> Duration {
        match behaviour {
            Behaviour::Pull(time) => time,
            _ if pulls => self.kubelet.ctx.options.timing.pull,
            _ => Duration::ZERO,
        }
    }

    /// Whether another container of the node already has the image.
    fn is_present(&self) -> bool {
        let (host, uid) = (self.kubelet.host, meta(self.kubelet.pod, "uid"));
        self.kubelet
            .ctx
            .world
            .all(Kind::Pod)
            .filter(|pod| text(pod, &["spec", "nodeName"]) == host && meta(pod, "uid") != uid)
            .flat_map(|pod| items(pod, &["status", "containerStatuses"]))
            .any(|c| c["image"] == self.image() && !text(c, &["imageID"]).is_empty())
    }

    /// Makes the container run from a moment on.
    fn start(&self, status: &mut Value, at: Timestamp, pulled: Option<Duration>, plan: &mut Plan) {
        let image = self.image();
        let text = match pulled {
            Some(time) => {
                let size = 20_000_000 + hash32(image) % 80_000_000;
                let took = format!("{}ms", time.as_millis());
                format!(
                    "Successfully pulled image {image:?} in {took} ({took} including waiting). Image size: {size} bytes."
                )
            }
            None => format!(
                "Container image {image:?} already present on machine and can be accessed by the pod"
            ),
        };
        self.tell(plan, self.kubelet.note("Pulled", text));
        self.tell(plan, self.kubelet.note("Created", "Container created"));
        self.tell(plan, self.kubelet.note("Started", "Container started"));
        let count = status["restartCount"].as_i64().unwrap_or(0);
        status["state"] = json!({"running": {"startedAt": format_seconds(at)}});
        status["imageID"] = json!(image_id(image));
        status["containerID"] = json!(self.container_id(count));
        status["ready"] = json!(false);
        status["started"] = json!(self.spec["startupProbe"].is_null());
        if self.spec["resources"].as_object().is_some_and(|r| !r.is_empty()) {
            status["resources"] = self.spec["resources"].clone();
        }
    }

    fn container_id(&self, count: i64) -> String {
        let seed = format!("{}/{}/{count}", meta(self.kubelet.pod, "uid"), self.name());
        format!("containerd://{}", hex_digest(&seed))
    }

    fn bad_name(&self, status: &mut Value, plan: &mut Plan) -> Next {
        let image = self.image();
        let problem = format!(
            "Failed to apply default image tag {image:?}: couldn't parse image name {image:?}: invalid reference format"
        );
        if status["state"]["waiting"]["reason"] != "InvalidImageName" {
            self.tell(plan, self.kubelet.warn("InspectFailed", problem.clone()));
            self.tell(plan, self.kubelet.warn("Failed", "Error: InvalidImageName"));
        }
        self.wait(status, "InvalidImageName", &problem);
        Next::Wait(None)
    }

    /// Attempts fail after the time of a pull; between them the back-off shows.
    fn pull_fails(&self, status: &mut Value, begin: Timestamp, plan: &mut Plan) -> Next {
        let pull = self.kubelet.ctx.options.timing.pull;
        let mut failed = add(begin, pull);
        if failed > self.now() {
            self.wait(status, "ContainerCreating", "");
            return Next::Wait(Some(failed));
        }
        let mut delay = 10;
        while add_seconds(failed, delay) <= self.now() {
            failed = add_seconds(failed, delay);
            delay = (delay * 2).min(LONGEST_BACKOFF);
        }
        let image = self.image();
        let cause = format!(
            "failed to pull and unpack image {image:?}: failed to resolve image: {image}: not found"
        );
        let shown = add_seconds(failed, SHOWN);
        if self.now() < shown {
            if status["state"]["waiting"]["reason"] != "ErrImagePull" {
                let text = format!("Failed to pull image {image:?}: {cause}");
                self.tell(plan, self.kubelet.warn("Failed", text));
                self.tell(plan, self.kubelet.warn("Failed", "Error: ErrImagePull"));
            }
            self.wait(status, "ErrImagePull", &cause);
            return Next::Wait(Some(shown));
        }
        if status["state"]["waiting"]["reason"] != "ImagePullBackOff" {
            let text = format!("Back-off pulling image {image:?}");
            self.tell(plan, self.kubelet.note("BackOff", text));
            self.tell(plan, self.kubelet.warn("Failed", "Error: ImagePullBackOff"));
        }
        let text = format!("Back-off pulling image {image:?}: ErrImagePull: {cause}");
        self.wait(status, "ImagePullBackOff", &text);
        Next::Wait(Some(add_seconds(failed, delay)))
    }

    fn cannot_create(
        &self,
        status: &mut Value,
        reason: &str,
        problem: &str,
        plan: &mut Plan,
    ) -> Next {
        if status["state"]["waiting"]["reason"] != reason {
            self.tell(plan, self.kubelet.warn("Failed", format!("Error: {problem}")));
        }
        self.wait(status, reason, problem);
        Next::Wait(Some(self.kubelet.ctx.after(Duration::from_secs(10))))
    }

    fn running(&self, status: &mut Value, plan: &mut Plan) -> Next {
        let Some(since) = moment(&status["state"]["running"]["startedAt"]) else {
            status["state"] = json!({});
            return Next::Wait(None);
        };
        let behaviour = self.behaviour();
        let end = match behaviour {
            Behaviour::Exit { after, code, oom } => Some((add(since, after), code, oom)),
            Behaviour::Unhealthy(after) => Some((add(since, after), 137, false)),
            _ => None,
        };
        if let Some((at, code, oom)) = end
            && at <= self.now()
        {
            if let Behaviour::Unhealthy(_) = behaviour {
                let text = "Liveness probe failed: HTTP probe failed with statuscode: 500";
                self.tell(plan, self.kubelet.warn("Unhealthy", text));
                let text =
                    format!("Container {} failed liveness probe, will be restarted", self.name());
                self.tell(plan, self.kubelet.note("Killing", text));
            }
            self.end(status, since, at, code, oom);
            return Next::Change;
        }
        let wake = self.readiness(status, since, behaviour, plan);
        let end = end.map(|(at, _, _)| at);
        Next::Wait(match (wake, end) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        })
    }

    fn end(&self, status: &mut Value, since: Timestamp, at: Timestamp, code: i64, oom: bool) {
        let reason = match (oom, code) {
            (true, _) => "OOMKilled",
            (false, 0) => "Completed",
            (false, _) => "Error",
        };
        status["state"] = json!({"terminated": {"exitCode": code, "reason": reason,
            "startedAt": format_seconds(since), "finishedAt": format_seconds(at),
            "containerID": status["containerID"]}});
        status["ready"] = json!(false);
        status["started"] = json!(false);
    }

    /// Whether the container is ready, and when that changes.
    fn readiness(
        &self,
        status: &mut Value,
        since: Timestamp,
        behaviour: Behaviour,
        plan: &mut Plan,
    ) -> Option<Timestamp> {
        let probe = &self.spec["readinessProbe"];
        let delay = int(probe, &["initialDelaySeconds"]).unwrap_or(0);
        let ready_at = add_seconds(add(since, self.kubelet.ctx.options.timing.ready), delay);
        let (ready, wake) = match behaviour {
            Behaviour::NotReady => (false, None),
            Behaviour::Slow(after) => self.from(add(since, after)),
            Behaviour::Flaky(turn) => {
                let turn = i64::try_from(turn.as_secs().max(1)).unwrap_or(1);
                let turns = (self.now().as_second() - since.as_second()).div_euclid(turn);
                (turns % 2 == 0, Some(add_seconds(since, (turns + 1) * turn)))
            }
            _ => self.from(ready_at),
        };
        let failing = matches!(behaviour, Behaviour::NotReady | Behaviour::Flaky(_));
        let newly = status["ready"] == true || self.previous()["state"]["running"].is_null();
        if failing && !ready && newly {
            let text = "Readiness probe failed: HTTP probe failed with statuscode: 503";
            self.tell(plan, self.kubelet.warn("Unhealthy", text));
        }
        status["ready"] = json!(ready);
        status["started"] = json!(ready || self.spec["startupProbe"].is_null());
        wake
    }

    fn from(&self, at: Timestamp) -> (bool, Option<Timestamp>) {
        if at <= self.now() { (true, None) } else { (false, Some(at)) }
    }

    /// Restarts a container that ended, as its policy says and after its back-off.
    fn ended(&self, status: &mut Value, ended: &Value, plan: &mut Plan) -> Next {
        let failed = ended["exitCode"] != 0;
        let again = self.policy == "Always" || (self.policy == "OnFailure" && failed);
        let Some(end) = moment(&ended["finishedAt"]).filter(|_| again) else {
            return Next::Wait(None);
        };
        let count = status["restartCount"].as_i64().unwrap_or(0);
        let delay = match u32::try_from(count) {
            Ok(0) | Err(_) => 1,
            Ok(count) => (10_i64 << (count - 1).min(5)).min(LONGEST_BACKOFF),
        };
        let restart = add_seconds(end, delay);
        if restart <= self.now() {
            status["lastState"] = json!({"terminated": ended});
            status["restartCount"] = json!(count + 1);
            self.start(status, restart, None, plan);
            return Next::Change;
        }
        let shown = add_seconds(end, SHOWN);
        if count == 0 || self.now() < shown {
            return Next::Wait(Some(if count == 0 { restart } else { shown }));
        }
        let pod = self.kubelet.pod;
        let (name, namespace) = (meta(pod, "name"), meta(pod, "namespace"));
        let full = format!("{name}_{namespace}({})", meta(pod, "uid"));
        if status["state"]["terminated"].is_object() {
            let text =
                format!("Back-off restarting failed container {} in pod {full}", self.name());
            self.tell(plan, self.kubelet.warn("BackOff", text));
        }
        let shown = match delay {
            60.. if delay % 60 == 0 => format!("{}m0s", delay / 60),
            60.. => format!("{}m{}s", delay / 60, delay % 60),
            _ => format!("{delay}s"),
        };
        let text =
            format!("back-off {shown} restarting failed container={} pod={full}", self.name());
        self.wait(status, "CrashLoopBackOff", &text);
        status["lastState"] = json!({"terminated": ended});
        Next::Wait(Some(restart))
    }
}

fn moment(value: &Value) -> Option<Timestamp> {
    value.as_str()?.parse().ok()
}

fn add(at: Timestamp, delay: Duration) -> Timestamp {
    at.checked_add(delay).unwrap_or(Timestamp::MAX)
}

fn add_seconds(at: Timestamp, seconds: i64) -> Timestamp {
    at.checked_add(SignedDuration::from_secs(seconds)).unwrap_or(Timestamp::MAX)
}

/// A digest that belongs to an image's name.
fn image_id(image: &str) -> String {
    let repository = image.split('@').next().unwrap_or(image);
    let colon = repository.rfind(':').filter(|at| !repository[*at..].contains('/'));
    let repository = colon.map_or(repository, |at| &repository[..at]);
    format!("{repository}@sha256:{}", hex_digest(image))
}

fn hex_digest(text: &str) -> String {
    use sha2::Digest as _;
    sha2::Sha256::digest(text.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
}
