//! What is done to one object so that it becomes what a manifest says.
//!
//! The same rules serve a delivery and the keeping of a delivered state; they differ in the shortcut
//! by hash and in what `apply-once` leaves alone. Source of the order of checks: `pkg/utils/apply`.

use mizzen_oam::annotations;
use mizzen_oam::policy::ApplyOnceStrategy;
use serde_json::{Value, json};

use super::action::{Action, Request, Seen, Verb};
use super::diff::Diff;
use super::editors::editors;
use super::manifest;
use super::object::ObjectId;
use super::reason::Reason;
use super::rules::Rules;
use super::{field, merge, strategic};

/// Why objects are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Occasion {
    /// A workflow delivers; an object with the right hash is not looked at further.
    Delivery,
    /// A delivered state is kept; every field counts.
    StateKeep,
}

/// Plans the writing of one manifest.
#[must_use]
pub fn plan(
    object: &ObjectId,
    manifest: &Value,
    live: Option<&Value>,
    rules: &Rules,
    occasion: Occasion,
) -> Action {
    let planner = Planner { object, live, rules, occasion };
    match planner.desired(manifest) {
        Ok(Some(desired)) => planner.write(desired),
        Ok(None) => planner.keep(Reason::ApplyOnce),
        Err(why) => planner.refuse(Reason::Invalid(why)),
    }
}

struct Planner<'a> {
    object: &'a ObjectId,
    live: Option<&'a Value>,
    rules: &'a Rules,
    occasion: Occasion,
}

impl Planner<'_> {
    /// The manifest with what `apply-once` copies from the live object; nothing when the object was
    /// applied once and is gone.
    fn desired(&self, manifest: &Value) -> Result<Option<Value>, String> {
        let strategy = self.rules.apply_once.strategy(manifest).filter(|it| self.affects(it));
        let desired = match (strategy, self.live) {
            (None, _) => manifest.clone(),
            (Some(_), None) if self.occasion == Occasion::StateKeep => return Ok(None),
            (Some(_), None) => manifest.clone(),
            (Some(strategy), Some(live)) => left_alone(manifest, live, strategy)?,
        };
        Ok(Some(manifest::with_render_hash(desired)))
    }

    fn affects(&self, strategy: &ApplyOnceStrategy) -> bool {
        match strategy.affect.as_str() {
            "" | "always" => true,
            "onUpdate" => self.occasion == Occasion::Delivery,
            "onStateKeep" => self.occasion == Occasion::StateKeep,
            _ => false,
        }
    }

    fn write(&self, mut desired: Value) -> Action {
        let read_only = self.rules.read_only.matches(&desired);
        let shared = self.rules.shared.matches(&desired);
        let Some(live) = self.live else {
            return if read_only { self.refuse_absent() } else { self.create(desired, shared) };
        };
        if read_only {
            return self.keep(Reason::ReadOnly);
        }
        let owner = manifest::owner(live);
        if shared {
            share(&mut desired, live, &self.rules.owner);
            if !owner.is_empty() && owner != self.rules.owner {
                return self.join(live, &desired, owner);
            }
        }
        let free = owner.is_empty() && !text(live, "resourceVersion").is_empty();
        if free && !self.rules.take_over.matches(&desired) {
            return self.refuse(Reason::NotManaged);
        }
        if !owner.is_empty() && owner != self.rules.owner {
            return self.refuse(Reason::OwnedBy { owner });
        }
        if self.occasion == Occasion::Delivery && same_hash(live, &desired) {
            return self.keep(Reason::Unchanged);
        }
        self.update(live, desired, free)
    }

    fn create(&self, mut desired: Value, shared: bool) -> Action {
        if shared {
            manifest::annotate(&mut desired, annotations::SHARED_BY, &self.rules.owner);
        }
        let diff = Diff::between(&Value::Null, &desired);
        let reason = match self.occasion {
            Occasion::Delivery => Reason::Absent,
            Occasion::StateKeep => Reason::Vanished,
        };
        let body = if manifest::keeps_last_applied(&desired) {
            manifest::with_last_applied(&desired)
        } else {
            desired
        };
        self.action(Verb::Create, reason, Some(Request::Create(body)), diff)
    }

    /// Another application owns the object: only our name is added to those that share it.
    fn join(&self, live: &Value, desired: &Value, owner: String) -> Action {
        if manifest::sharers(live).is_empty() {
            let why = format!("application is controlled by {owner} but is not sharable");
            return self.refuse(Reason::Invalid(why));
        }
        let key = annotations::SHARED_BY;
        let wanted = &desired["metadata"]["annotations"][key];
        if live["metadata"]["annotations"][key] == *wanted {
            return self.keep(Reason::Shared { owner });
        }
        let patch = json!({"metadata": {"annotations": {key: wanted}}});
        self.patched(Verb::Adopt, Reason::Shared { owner }, Request::MergePatch(patch))
    }

    fn update(&self, live: &Value, desired: Value, free: bool) -> Action {
        let strategy = self.rules.resource_update.strategy(&desired).cloned().unwrap_or_default();
        match recreated(&strategy.recreate_fields, live, &desired) {
            Err(why) => return self.refuse(Reason::Invalid(why)),
            Ok(Some(path)) => {
                let diff = Diff::between(live, &desired);
                let request = Request::Recreate(desired);
                return self.action(
                    Verb::Patch,
                    Reason::RecreateField { path },
                    Some(request),
                    diff,
                );
            }
            Ok(None) => {}
        }
        let verb = if free { Verb::Adopt } else { Verb::Patch };
        let reason = match (free, self.occasion) {
            (true, _) => Reason::TakeOver,
            (false, Occasion::Delivery) => Reason::Changed,
            (false, Occasion::StateKeep) => Reason::Drifted { by: Vec::new() },
        };
        if strategy.op == "replace" {
            return self.replace(live, desired, verb, reason);
        }
        let keeps = manifest::keeps_last_applied(&desired);
        let modified = if keeps { manifest::with_last_applied(&desired) } else { desired };
        let original = manifest::last_applied(live);
        let request = if strategic::has_merge_keys(self.object.group()) {
            let patch = strategic::three_way(&self.object.kind, original.as_ref(), &modified, live);
            Request::StrategicPatch(patch)
        } else {
            Request::MergePatch(merge::three_way(original.as_ref(), &modified, live))
        };
        self.patched(verb, reason, request)
    }

    /// A whole replacement; nothing when every wanted field is as it is live.
    fn replace(&self, live: &Value, mut desired: Value, verb: Verb, reason: Reason) -> Action {
        let difference = merge::three_way(None, &desired, live);
        if difference.as_object().is_some_and(serde_json::Map::is_empty) {
            return self.keep(Reason::Unchanged);
        }
        desired["metadata"]["resourceVersion"] = text(live, "resourceVersion").into();
        let diff = Diff::between(live, &desired);
        self.action(verb, reason, Some(Request::Replace(desired)), diff)
    }

    fn patched(&self, verb: Verb, reason: Reason, request: Request) -> Action {
        let (Request::StrategicPatch(patch) | Request::MergePatch(patch)) = &request else {
            return self.keep(Reason::Unchanged);
        };
        if patch.as_object().is_none_or(serde_json::Map::is_empty) {
            return self.keep(Reason::Unchanged);
        }
        let whole = Diff::of_patch(patch, self.live.unwrap_or(&Value::Null));
        let spelled = !whole.is_empty();
        let diff = whole.without_spellings();
        if spelled && diff.is_empty() && self.occasion == Occasion::StateKeep {
            return self.keep(Reason::Unchanged);
        }
        self.action(verb, reason, Some(request), diff)
    }

    fn keep(&self, reason: Reason) -> Action {
        self.action(Verb::Keep, reason, None, Diff::default())
    }

    fn refuse(&self, reason: Reason) -> Action {
        self.action(Verb::Refuse, reason, None, Diff::default())
    }

    fn refuse_absent(&self) -> Action {
        self.refuse(Reason::Invalid(format!(
            "{} ({}) is marked as read-only but does not exist. You should check the existence of the \
             resource or remove the read-only policy",
            self.object.kind, self.object.name
        )))
    }

    fn action(&self, verb: Verb, reason: Reason, request: Option<Request>, diff: Diff) -> Action {
        let secret = self.object.kind == "Secret" && self.object.group().is_empty();
        let reason = match reason {
            Reason::Drifted { .. } => {
                Reason::Drifted { by: editors(self.live.unwrap_or(&Value::Null), &diff) }
            }
            other => other,
        };
        Action {
            object: self.object.clone(),
            component: String::new(),
            verb,
            reason,
            request,
            seen: self.live.map(Seen::of),
            diff: if secret { diff.masked() } else { diff },
            record: None,
        }
    }
}

fn left_alone(
    manifest: &Value,
    live: &Value,
    strategy: &ApplyOnceStrategy,
) -> Result<Value, String> {
    let mut desired = manifest.clone();
    for path in &strategy.path {
        if path == "*" {
            return Ok(live.clone());
        }
        let value = field::get(live, path).ok_or_else(|| format!("{path}: no such field"))?.clone();
        if !field::set(&mut desired, path, value) {
            return Err(format!("{path}: does not fit the manifest"));
        }
    }
    Ok(desired)
}

/// The first of the fields that differs.
fn recreated(fields: &[String], live: &Value, desired: &Value) -> Result<Option<String>, String> {
    let mut found = None;
    for path in fields {
        let side = |object, name| {
            let missing =
                format!("unable to get path {path} from {name} object: {path}: no such field");
            field::get(object, path)
                .ok_or_else(|| format!("failed to evaluate recreateFields: {missing}"))
        };
        if !merge::same(side(live, "existing")?, side(desired, "desired")?) {
            found.get_or_insert(path.clone());
        }
    }
    Ok(found)
}

fn share(desired: &mut Value, live: &Value, owner: &str) {
    let mut sharers = manifest::sharers(live);
    if !sharers.contains(&owner) {
        sharers.push(owner);
    }
    let text = sharers.join(",");
    manifest::annotate(desired, annotations::SHARED_BY, &text);
}

fn same_hash(live: &Value, desired: &Value) -> bool {
    let hash = |object: &Value| {
        object["metadata"]["labels"][mizzen_oam::labels::RENDER_HASH].as_str().map(str::to_owned)
    };
    hash(live).unwrap_or_default() == hash(desired).unwrap_or_default()
}

fn text<'a>(live: &'a Value, key: &str) -> &'a str {
    live["metadata"][key].as_str().unwrap_or_default()
}
