//! One visit of an application's workflow: the calls of its steps, answered by the clusters.

use std::borrow::Cow;
use std::collections::HashMap;

use jiff::Timestamp;
use mizzen_oam::Application;
use mizzen_oam::application::Component;
use mizzen_oam::status::{ClusterObjectReference, PolicyStatus, ServiceStatus};
use serde_json::{Map, Value};

use super::lately::Lately;
use super::snapshot;
use super::web::Web;
use crate::apply::Writer;
use crate::error::Error;
use crate::fleet::Fleet;
use crate::plan::Rules;
use crate::render::placement::KnownCluster;
use crate::render::{Appfile, ClusterVersion, Definitions, Target, context};
use crate::track::Trackers;
use crate::workflow::{Call, Done, Pass, Progress, Reply, Run, Spec, Templates};

/// What a visit works with, and what it leaves behind.
pub(super) struct Work<'a> {
    pub(super) fleet: &'a Fleet,
    pub(super) writer: &'a Writer,
    pub(super) app: &'a Application,
    pub(super) appfile: &'a Appfile,
    /// Those of the revision, and those that calls came to need.
    pub(super) definitions: Cow<'a, Definitions>,
    pub(super) rules: &'a Rules,
    pub(super) clusters: &'a [KnownCluster],
    pub(super) version: ClusterVersion,
    pub(super) now: Timestamp,
    pub(super) trackers: Trackers,
    pub(super) services: Vec<ServiceStatus>,
    pub(super) resources: Vec<ClusterObjectReference>,
    /// What policies keep in the application's status.
    pub(super) policies: Vec<PolicyStatus>,
    pub(super) delivered: HashMap<String, Component>,
    pub(super) patch: Option<Map<String, Value>>,
    pub(super) lately: &'a Lately,
    /// Whether something was not delivered again because it was delivered [`Self::lately`].
    pub(super) put_off: bool,
    pub(super) web: &'a dyn Web,
}

impl Work<'_> {
    /// Visits the workflow once.
    pub(super) async fn visit(&mut self, spec: &Spec, run: Run) -> Done {
        let templates = Templates::new(self.definitions.as_ref().clone());
        let context = context::step(self.appfile, &self.version);
        let mut pass = Pass::new(spec, run, &templates, &context, self.now, super::random::step_id);
        loop {
            match pass.advance() {
                Progress::Done(done) => return *done,
                Progress::Call(call) => {
                    let reply = self.answer(&call).await;
                    pass.reply(&call, reply);
                }
            }
        }
    }

    async fn answer(&mut self, call: &Call) -> Reply {
        let done = self.provide(call).await;
        done.unwrap_or_else(|error| Reply::Failed(error.told()))
    }

    /// Takes the definitions of a component's types from the hub as they are now, unless the revision has
    /// them: a template may make up components of types that the application does not name.
    pub(super) async fn learn(&mut self, component: &Component) -> Result<(), Error> {
        if let Some(more) =
            snapshot::extended(self.fleet, &self.definitions, self.appfile, component).await?
        {
            self.definitions = Cow::Owned(more);
        }
        Ok(())
    }

    pub(super) async fn component(&mut self, params: &Value) -> Result<Reply, Error> {
        let component: Component = serde_json::from_value(params["value"].clone())
            .map_err(|why| Error::Invalid(format!("component: {why}")))?;
        let text = |key: &str| params[key].as_str().unwrap_or_default().to_owned();
        let target = Target { cluster: text("cluster"), namespace: text("namespace") };
        let patch = params["patch"].as_object();
        self.learn(&component).await?;
        let delivered = self.deliver(&component, &target, patch).await?;
        let value = Some(delivered.value());
        let waits = params["waitHealthy"].as_bool() != Some(false);
        Ok(if delivered.healthy || !waits {
            Reply::Done(value)
        } else {
            Reply::Wait { value, message: "wait healthy".to_owned() }
        })
    }
}
