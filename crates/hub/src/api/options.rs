//! The options of reads and writes, checked as Kubernetes checks them.

use std::time::Duration;

use serde_json::{Value, json};

use crate::api::request::{Query, Request};
use crate::catalog::Resource;
use crate::selector::{FieldSelector, LabelSelector};
use crate::status::{Cause, Status};

/// How a list relates to the resourceVersion it names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum VersionMatch {
    /// That revision or any later one.
    NotOlderThan,
    /// That revision.
    Exact,
}

/// The options of list and watch.
#[derive(Debug)]
pub(crate) struct ListOptions {
    pub(crate) labels: LabelSelector,
    pub(crate) fields: FieldSelector,
    pub(crate) limit: usize,
    pub(crate) token: String,
    /// The revision; `None` when unset. 0 stands for any.
    pub(crate) version: Option<u64>,
    pub(crate) version_match: Option<VersionMatch>,
    pub(crate) initial_events: Option<bool>,
    pub(crate) bookmarks: bool,
    pub(crate) timeout: Option<Duration>,
}

fn options_invalid(kind: &str, causes: Vec<Cause>) -> Status {
    Status::invalid("meta.k8s.io", kind, "", causes)
}

impl ListOptions {
    /// Reads the options of a list or watch of `resource`.
    pub(crate) fn parse(query: &Query, resource: &Resource, watch: bool) -> Result<Self, Status> {
        let labels =
            LabelSelector::parse(query.get("labelSelector")).map_err(Status::bad_request)?;
        let fields = FieldSelector::parse(query.get("fieldSelector"), resource)
            .map_err(Status::bad_request)?;
        let options = Self {
            labels,
            fields,
            limit: number(query, "limit")?.unwrap_or(0) as usize,
            token: query.get("continue").to_owned(),
            version: version(query)?,
            version_match: version_match(query)?,
            initial_events: query.has("sendInitialEvents").then(|| query.flag("sendInitialEvents")),
            bookmarks: query.flag("allowWatchBookmarks"),
            timeout: number(query, "timeoutSeconds")?.map(Duration::from_secs),
        };
        if watch {
            options.check_watch()?
        } else {
            options.check_list()?
        }
        Ok(options)
    }

    /// Whether an object is selected.
    pub(crate) fn selects(&self, object: &Value) -> bool {
        self.labels.matches(object) && self.fields.matches(object)
    }

    /// Whether any object may be left out.
    pub(crate) fn is_selective(&self) -> bool {
        !self.labels.is_empty() || !self.fields.is_empty()
    }

    fn check_list(&self) -> Result<(), Status> {
        let forbidden = |field: &str, why: &str| {
            Err(options_invalid("ListOptions", vec![Cause::forbidden(field, why)]))
        };
        if self.initial_events.is_some() {
            return forbidden("sendInitialEvents", "sendInitialEvents is forbidden for list");
        }
        let Some(rule) = self.version_match else { return Ok(()) };
        if !self.token.is_empty() {
            let why = "resourceVersionMatch is forbidden when continue is provided";
            return forbidden("resourceVersionMatch", why);
        }
        match (self.version, rule) {
            (None, _) => forbidden(
                "resourceVersionMatch",
                "resourceVersionMatch is forbidden unless resourceVersion is provided",
            ),
            (Some(0), VersionMatch::Exact) => forbidden(
                "resourceVersionMatch",
                "resourceVersionMatch \"exact\" is forbidden for resourceVersion \"0\"",
            ),
            _ => Ok(()),
        }
    }

    fn check_watch(&self) -> Result<(), Status> {
        let forbidden = |field: &str, why: &str| {
            Err(options_invalid("ListOptions", vec![Cause::forbidden(field, why)]))
        };
        match (self.initial_events, self.version_match) {
            (None, Some(_)) => forbidden(
                "resourceVersionMatch",
                "resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided",
            ),
            (Some(_), None) => forbidden(
                "resourceVersionMatch",
                "sendInitialEvents requires setting resourceVersionMatch to NotOlderThan",
            ),
            (Some(_), Some(VersionMatch::Exact)) => Err(options_invalid(
                "ListOptions",
                vec![Cause::not_supported(
                    "resourceVersionMatch",
                    &json!("Exact"),
                    &["NotOlderThan"],
                )],
            )),
            _ => Ok(()),
        }
    }
}

fn number(query: &Query, name: &str) -> Result<Option<u64>, Status> {
    match query.get(name) {
        "" => Ok(None),
        text => text.parse().map(Some).map_err(|_| {
            Status::bad_request(format!("strconv.ParseInt: parsing {text:?}: invalid syntax"))
        }),
    }
}

/// The `resourceVersion` of a query.
pub(crate) fn version(query: &Query) -> Result<Option<u64>, Status> {
    match query.get("resourceVersion") {
        "" => Ok(None),
        text => text.parse().map(Some).map_err(|_| {
            Status::bad_request(format!(
                "invalid resource version: resourceVersion: Invalid value: {text:?}: \
                 strconv.ParseUint: parsing {text:?}: invalid syntax"
            ))
        }),
    }
}

fn version_match(query: &Query) -> Result<Option<VersionMatch>, Status> {
    match query.get("resourceVersionMatch") {
        "" => Ok(None),
        "NotOlderThan" => Ok(Some(VersionMatch::NotOlderThan)),
        "Exact" => Ok(Some(VersionMatch::Exact)),
        other => Err(options_invalid(
            "ListOptions",
            vec![Cause::not_supported(
                "resourceVersionMatch",
                &json!(other),
                &["Exact", "NotOlderThan", ""],
            )],
        )),
    }
}

/// What happens to fields that a kind does not have, or that are given twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FieldValidation {
    /// They are dropped in silence.
    Ignore,
    /// They are dropped with a warning.
    Warn,
    /// The request is refused.
    Strict,
}

/// The options of create, update and patch.
#[derive(Clone, Debug)]
pub(crate) struct WriteOptions {
    pub(crate) dry_run: bool,
    pub(crate) manager: String,
    pub(crate) validation: FieldValidation,
    pub(crate) force: bool,
}

const MANAGER_LIMIT: usize = 128;

impl WriteOptions {
    /// The options of a write that the server makes for itself.
    pub(crate) fn internal(manager: &str) -> Self {
        Self {
            dry_run: false,
            manager: manager.to_owned(),
            validation: FieldValidation::Ignore,
            force: false,
        }
    }

    /// Reads the options; `kind` is the option kind that errors name.
    pub(crate) fn parse(request: &Request, kind: &str, apply: bool) -> Result<Self, Status> {
        let query = &request.query;
        let mut causes = Vec::new();
        let dry_run = dry_run(query.all("dryRun"), &mut causes);
        let manager = manager(request, apply, &mut causes);
        let validation = field_validation(query.get("fieldValidation"), &mut causes);
        if query.has("force") && !apply && kind == "PatchOptions" {
            causes.push(Cause::forbidden("force", "may not be specified for non-apply patch"));
        }
        if causes.is_empty() {
            return Ok(Self { dry_run, manager, validation, force: query.flag("force") });
        }
        Err(options_invalid(kind, causes))
    }
}

/// Whether the values of `dryRun` ask for one.
pub(crate) fn dry_run<'a>(values: impl Iterator<Item = &'a str>, causes: &mut Vec<Cause>) -> bool {
    let mut wanted = false;
    for value in values {
        match value {
            "All" => wanted = true,
            other => {
                causes.push(Cause::not_supported("dryRun", &json!([other]), &["All"]));
            }
        }
    }
    wanted
}

fn field_validation(text: &str, causes: &mut Vec<Cause>) -> FieldValidation {
    match text {
        "" | "Warn" => FieldValidation::Warn,
        "Ignore" => FieldValidation::Ignore,
        "Strict" => FieldValidation::Strict,
        other => {
            let allowed = ["", "Ignore", "Strict", "Warn"];
            causes.push(Cause::not_supported("fieldValidation", &json!(other), &allowed));
            FieldValidation::Warn
        }
    }
}

fn manager(request: &Request, apply: bool, causes: &mut Vec<Cause>) -> String {
    let given = request.query.get("fieldManager");
    if given.len() > MANAGER_LIMIT {
        causes.push(Cause::too_long("fieldManager", MANAGER_LIMIT));
    } else if given.chars().any(char::is_control) {
        causes.push(Cause::invalid(
            "fieldManager",
            &json!(given),
            "should only contain printable characters",
        ));
    } else if given.is_empty() && apply {
        causes.push(Cause::required("fieldManager", "is required for apply patch"));
    }
    if given.is_empty() { manager_of_agent(request) } else { given.to_owned() }
}

/// The manager of a client that names none: its User-Agent up to the first slash.
fn manager_of_agent(request: &Request) -> String {
    let agent = request.header(http::header::USER_AGENT).split('/').next().unwrap_or_default();
    let printable: String = agent.chars().filter(|c| !c.is_control()).collect();
    let cut = printable.floor_char_boundary(MANAGER_LIMIT);
    printable[..cut].to_owned()
}
