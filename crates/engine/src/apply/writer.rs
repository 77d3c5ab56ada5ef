//! Writing requests. Holds the only clients that write.

use jiff::Timestamp;
use serde_json::{Value, json};

use mizzen_oam::{Time, annotations};

use crate::error::Error;
use crate::fleet::Fleet;
use crate::plan::action::Propagation;
use crate::plan::{Action, ObjectId, Request, Seen, manifest};

/// The name under which the server records what we own; that of the controller we stand in for.
pub(super) const MANAGER: &str = "kubevela";

/// Writes to the hub and its members.
#[derive(Clone)]
pub struct Writer {
    fleet: Fleet,
    manager: String,
}

/// How a patch is to be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Patch {
    /// JSON merge patch.
    Merge,
    /// Strategic merge patch.
    Strategic,
    /// JSON patch.
    Json,
}

impl Patch {
    fn content_type(self) -> &'static str {
        match self {
            Self::Merge => "application/merge-patch+json",
            Self::Strategic => "application/strategic-merge-patch+json",
            Self::Json => "application/json-patch+json",
        }
    }
}

const JSON: &str = "application/json";

impl Writer {
    /// A writer of a fleet.
    #[must_use]
    pub fn new(fleet: Fleet) -> Self {
        Self { fleet, manager: MANAGER.to_owned() }
    }

    /// The same writer in the client's own name, whoever it writes for.
    #[must_use]
    pub fn own(&self) -> Self {
        Self { fleet: self.fleet.own(), manager: self.manager.clone() }
    }

    /// The same writer under another field manager.
    #[must_use]
    pub fn as_manager(&self, manager: &str) -> Self {
        Self { fleet: self.fleet.clone(), manager: manager.to_owned() }
    }

    /// Creates an object.
    ///
    /// # Errors
    /// What the server answers, or that it does not.
    pub async fn create(
        &self,
        id: &ObjectId,
        object: &Value,
        dry_run: bool,
    ) -> Result<Value, Error> {
        let collection = ObjectId { name: String::new(), ..id.clone() };
        let path = self.fleet.path(&collection).await?;
        self.send("create", id, "POST", &self.options(path, dry_run), Some((JSON, object))).await
    }

    /// Replaces an object; `subresource` empty for the object itself.
    ///
    /// # Errors
    /// As [`Writer::create`].
    pub async fn replace(
        &self,
        id: &ObjectId,
        subresource: &str,
        object: &Value,
        dry_run: bool,
    ) -> Result<Value, Error> {
        let path = self.place(id, subresource).await?;
        self.send("update", id, "PUT", &self.options(path, dry_run), Some((JSON, object))).await
    }

    /// Patches an object; `subresource` empty for the object itself.
    ///
    /// # Errors
    /// As [`Writer::create`].
    pub async fn patch(
        &self,
        id: &ObjectId,
        subresource: &str,
        patch: Patch,
        body: &Value,
        dry_run: bool,
    ) -> Result<Value, Error> {
        let path = self.options(self.place(id, subresource).await?, dry_run);
        self.send("patch", id, "PATCH", &path, Some((patch.content_type(), body))).await
    }

    /// Deletes an object; one that is not there counts as deleted. With `seen` only that very object.
    ///
    /// # Errors
    /// As [`Writer::create`].
    pub async fn delete(
        &self,
        id: &ObjectId,
        propagation: Option<Propagation>,
        seen: Option<&Seen>,
    ) -> Result<(), Error> {
        let path = self.fleet.path(id).await?;
        let mut options = json!({"apiVersion": "v1", "kind": "DeleteOptions"});
        if let Some(propagation) = propagation {
            options["propagationPolicy"] = match propagation {
                Propagation::Orphan => "Orphan".into(),
                Propagation::Background => "Background".into(),
            };
        }
        if let Some(seen) = seen.filter(|seen| !seen.uid.is_empty()) {
            options["preconditions"] = json!({"uid": seen.uid});
        }
        match self.send("delete", id, "DELETE", &path, Some((JSON, &options))).await {
            Err(error) if error.is_not_found() => Ok(()),
            other => other.map(drop),
        }
    }

    /// Carries out one action. `strict` refuses when the object is no longer the one that was seen.
    ///
    /// # Errors
    /// As [`Writer::create`]; [`Error::Stale`] when strict and the world moved.
    pub async fn carry_out(
        &self,
        action: &Action,
        now: Timestamp,
        dry_run: bool,
        strict: bool,
    ) -> Result<(), Error> {
        let id = &action.object;
        if strict && action.request.is_some() {
            self.still_seen(action).await?;
        }
        let (done, what) = match &action.request {
            None => return Ok(()),
            Some(Request::Create(body)) => {
                (self.create(id, &dated(body, now), dry_run).await, "cannot create object")
            }
            Some(Request::StrategicPatch(body)) => {
                (self.patch(id, "", Patch::Strategic, body, dry_run).await, "cannot patch object")
            }
            Some(Request::MergePatch(body)) => {
                (self.patch(id, "", Patch::Merge, body, dry_run).await, "cannot patch object")
            }
            Some(Request::Replace(body)) => {
                (self.replace(id, "", body, dry_run).await, "cannot update object")
            }
            // A recreation cannot be tried out.
            Some(Request::Recreate(_)) if dry_run => return Ok(()),
            Some(Request::Recreate(body)) => {
                self.delete(id, None, action.seen.as_ref())
                    .await
                    .map_err(|error| error.within("cannot delete object"))?;
                (self.create(id, body, false).await, "cannot recreate object")
            }
            Some(Request::Delete { .. }) if dry_run => return Ok(()),
            Some(Request::Delete { propagation }) => {
                return self.delete(id, *propagation, action.seen.as_ref()).await;
            }
        };
        done.map(drop).map_err(|error| error.within(what))
    }

    async fn still_seen(&self, action: &Action) -> Result<(), Error> {
        let live = self.fleet.get(&action.object).await?;
        let same = match (&live, &action.seen) {
            (Some(live), Some(seen)) => seen.is_still(live),
            (live, seen) => live.is_none() && seen.is_none(),
        };
        if same {
            return Ok(());
        }
        Err(Error::Stale { object: Box::new(action.object.clone()) })
    }

    async fn place(&self, id: &ObjectId, subresource: &str) -> Result<String, Error> {
        let path = self.fleet.path(id).await?;
        Ok(if subresource.is_empty() { path } else { format!("{path}/{subresource}") })
    }

    fn options(&self, path: String, dry_run: bool) -> String {
        let dry = if dry_run { "&dryRun=All" } else { "" };
        format!("{path}?fieldManager={}{dry}", self.manager)
    }

    async fn send(
        &self,
        doing: &'static str,
        id: &ObjectId,
        method: &str,
        path: &str,
        body: Option<(&str, &Value)>,
    ) -> Result<Value, Error> {
        self.fleet.ask(doing, id, (method, path, body)).await
    }
}

/// A new object says when it was applied, unless it keeps no record of it.
fn dated(body: &Value, now: Timestamp) -> Value {
    let mut body = body.clone();
    if manifest::last_applied(&body).is_some() {
        manifest::annotate(&mut body, annotations::LAST_APPLIED_TIME, &Time::at(now).to_string());
    }
    body
}
