//! The requests that steer a run: wait, suspend, fail, break, message, variables. They need the run
//! and the time, and nobody else.
//!
//! Source: `pkg/providers/builtin/workspace.go` of kubevela/workflow.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::backoff::go_duration;
use super::context::Context;
use crate::render::step::Action;

/// How the template goes on.
#[derive(Debug)]
pub(crate) enum Control {
    /// With the next call, this value filled in.
    GoOn(Option<Value>),
    /// Not at all in this visit.
    End,
    /// Not at all, and it went wrong.
    Error(String),
}

/// What becomes of the step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Effect {
    None,
    Wait,
    Suspend,
    Fail,
    Break,
}

/// A request that was carried out.
#[derive(Debug)]
pub(crate) struct Performed {
    pub(crate) control: Control,
    pub(crate) effect: Effect,
    pub(crate) message: Option<String>,
}

impl Performed {
    fn go_on() -> Self {
        Self { control: Control::GoOn(None), effect: Effect::None, message: None }
    }

    fn end(effect: Effect, message: Option<String>) -> Self {
        Self { control: Control::End, effect, message }
    }

    fn error(why: String) -> Self {
        Self { control: Control::Error(why), effect: Effect::None, message: None }
    }
}

/// Carries out a request of this family; `None` when it belongs to another.
pub(crate) fn perform(
    action: &Action,
    params: &Value,
    context: &mut Context,
    id: &str,
    before: Option<&str>,
    now: Timestamp,
) -> Option<Performed> {
    if !["builtin", "op"].contains(&action.provider.as_str()) {
        return None;
    }
    let message = params["message"].as_str().map(str::to_owned);
    Some(match action.action.as_str() {
        "message" => Performed { message, ..Performed::go_on() },
        "fail" => Performed::end(Effect::Fail, message),
        "break" => Performed::end(Effect::Break, message),
        "wait" if params["continue"].as_bool() == Some(true) => Performed::go_on(),
        "wait" => Performed::end(Effect::Wait, message),
        "suspend" => suspend(action, params, context, id, before, now),
        "var" => variable(params, context),
        _ => return None,
    })
}

/// Notes where the logs of a step are: by the step's name, in JSON, for whoever shows them. What several
/// requests of one step say is taken together. `None` when the request is another one.
///
/// Source: `Log` in `pkg/providers/util/util.go` of kubevela/workflow.
pub(crate) fn log(
    action: &Action,
    params: &Value,
    context: &mut Context,
    step: &str,
) -> Option<Performed> {
    if !["util", "op"].contains(&action.provider.as_str()) || action.action != "log" {
        return None;
    }
    let known = context.kept_value(LOGS).unwrap_or("{}");
    let mut logs: BTreeMap<String, Log> = match serde_json::from_str(known) {
        Ok(logs) => logs,
        Err(why) => return Some(Performed::error(format!("{LOGS}: {why}"))),
    };
    let log = logs.entry(step.to_owned()).or_default();
    log.data |= !params["data"].is_null();
    match serde_json::from_value::<Option<Source>>(params["source"].clone()) {
        Ok(None) => {}
        Ok(Some(told)) => log.source.get_or_insert_default().take_in(told),
        Err(why) => return Some(Performed::error(format!("source: {why}"))),
    }
    match serde_json::to_string(&logs) {
        Ok(text) => context.keep(LOGS.to_owned(), text),
        Err(why) => return Some(Performed::error(format!("{LOGS}: {why}"))),
    }
    Some(Performed::go_on())
}

/// The key of the context under which the logs of steps are named.
const LOGS: &str = "logConfig";

/// Where the logs of one step are.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
struct Log {
    /// In the controller's own log.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    data: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    source: Option<Source>,
}

/// Logs of others.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
struct Source {
    #[serde(skip_serializing_if = "String::is_empty")]
    url: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    resources: Vec<Logged>,
}

/// Pods whose logs are meant.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Logged {
    #[serde(skip_serializing_if = "String::is_empty")]
    name: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    namespace: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    cluster: String,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    label_selector: BTreeMap<String, String>,
}

impl Source {
    fn take_in(&mut self, told: Self) {
        if !told.url.is_empty() {
            self.url = told.url;
        }
        if !told.resources.is_empty() {
            self.resources = told.resources;
        }
    }
}

fn suspend(
    action: &Action,
    params: &Value,
    context: &mut Context,
    id: &str,
    before: Option<&str>,
    now: Timestamp,
) -> Performed {
    // A step that stood still and runs again was resumed by a person. Upstream asks a timed suspension
    // for its time first, and so undoes an early approval; no reader relies on that.
    let resumed = before == Some("running");
    let duration = params["duration"].as_str().unwrap_or_default();
    let field = action.path.rsplit('.').next().unwrap_or_default();
    let suspended = Performed::end(Effect::Suspend, Some(format!("Suspended by field {field}")));
    let key = format!("{id}.{field}.suspendTimeStamp");
    let waits_since = context.kept_value(&key).is_some();
    if !waits_since {
        context.keep(key, rfc3339(now));
    }
    if !duration.is_empty() {
        return timed(duration, context, id, resumed, now, suspended);
    }
    if waits_since && resumed { Performed::go_on() } else { suspended }
}

fn timed(
    duration: &str,
    context: &mut Context,
    id: &str,
    resumed: bool,
    now: Timestamp,
    suspended: Performed,
) -> Performed {
    let key = format!("{id}.resumeTimeStamp");
    let stamp = context.kept_value(&key).and_then(|text| text.parse::<Timestamp>().ok());
    match stamp {
        Some(stamp) if resumed || now >= stamp => Performed::go_on(),
        Some(_) => suspended,
        None => match go_duration(duration) {
            Some(seconds) => {
                let length = SignedDuration::from_millis((seconds * 1000.0) as i64);
                let stamp = now.checked_add(length).unwrap_or(Timestamp::MAX);
                context.keep(key, rfc3339(stamp));
                suspended
            }
            None => Performed::error(format!(
                "failed to parse duration: time: invalid duration {duration:?}"
            )),
        },
    }
}

fn rfc3339(moment: Timestamp) -> String {
    moment.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

fn variable(params: &Value, context: &mut Context) -> Performed {
    let path = params["path"].as_str().unwrap_or_default();
    if params["method"] == "Put" {
        return match context.set_var(path, params["value"].clone()) {
            Ok(()) => Performed::go_on(),
            Err(why) => Performed::error(why),
        };
    }
    match context.var(path) {
        Some(value) => {
            let control = Control::GoOn(Some(json!({ "value": value })));
            Performed { control, ..Performed::go_on() }
        }
        None => Performed::error(format!("var {path} not found")),
    }
}
