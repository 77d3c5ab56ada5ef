//! One component in one place: rendered, delivered stage by stage, and looked at.
//!
//! Source: `generator.go` and `dispatcher.go` of the application controller.

use mizzen_oam::LOCAL_CLUSTER;
use mizzen_oam::application::Component;
use mizzen_oam::status::ServiceStatus;
use serde_json::{Map, Value, json};

use super::work::Work;
use crate::apply::{Delivery, Dispatch};
use crate::error::Error;
use crate::health::service::{HealthError, Service};
use crate::plan::ObjectId;
use crate::render::{Extras, Manifest, RenderedComponent, Role, Stage, Target, render_component};

/// What became of a component.
pub(super) struct Delivered {
    pub(super) healthy: bool,
    pub(super) output: Value,
    pub(super) outputs: Map<String, Value>,
}

impl Work<'_> {
    /// Whether a component is there and well, without writing anything.
    pub(super) async fn look(
        &mut self,
        component: &Component,
        target: &Target,
    ) -> Result<bool, Error> {
        let (rendered, live) = self.seen(component, target).await?;
        if !self.all_kept(&rendered) || self.changed(component) {
            return Ok(false);
        }
        let Ok(status) = self.judge(component, &rendered, &live) else { return Ok(false) };
        let healthy = status.healthy;
        self.note(status);
        Ok(healthy)
    }

    /// Looks again at what an ended run has delivered; what cannot be judged keeps its entry.
    /// Source: `evalStatus` of the application controller.
    pub(super) async fn look_again(&mut self) {
        for service in self.app.status.services.clone() {
            let Some(component) = self.appfile.components.iter().find(|c| c.name == service.name)
            else {
                continue;
            };
            let same = |known: &ServiceStatus| {
                (&known.name, &known.namespace, &known.cluster)
                    == (&service.name, &service.namespace, &service.cluster)
            };
            if self.services.iter().any(same) {
                continue;
            }
            let target =
                Target { cluster: service.cluster.clone(), namespace: service.namespace.clone() };
            let Ok((rendered, live)) = self.seen(component, &target).await else { continue };
            if !self.all_kept(&rendered) {
                continue;
            }
            if let Ok(status) = self.judge(component, &rendered, &live) {
                self.note(status);
            }
        }
    }

    /// Delivers a component as far as its stages allow.
    pub(super) async fn deliver(
        &mut self,
        component: &Component,
        target: &Target,
        patch: Option<&Map<String, Value>>,
    ) -> Result<Delivered, Error> {
        self.patch = patch.cloned();
        let (rendered, live) = self.seen(component, target).await?;
        let before = self.judge(component, &rendered, &live);
        let due = |work: &Self| {
            !work.all_kept(&rendered)
                || work.changed(component)
                || !before.as_ref().is_ok_and(|s| s.healthy)
        };
        if due(self) {
            self.stage(&rendered, Stage::PreDispatch).await?;
            if self.waits_for(&rendered, Stage::PreDispatch, component).await? {
                return Ok(self.unfinished(component, target));
            }
            self.stage(&rendered, Stage::DefaultDispatch).await?;
        }
        let live = self.live(&rendered).await?;
        let mut status = match self.judge(component, &rendered, &live) {
            Ok(status) => status,
            Err(HealthError::Missing { .. }) => return Ok(self.unfinished(component, target)),
            Err(HealthError::Render(error)) => return Err(error.into()),
        };
        let (mut rendered, mut live) = (rendered, live);
        if status.workload_healthy && self.has_post_dispatch(component)? {
            rendered = self.rendered(component, target, workload(&rendered, &live), false)?;
            self.stage(&rendered, Stage::PostDispatch).await?;
            live = self.live(&rendered).await?;
            if let Ok(after) = self.judge(component, &rendered, &live) {
                status = after;
            }
        }
        let healthy = status.healthy;
        self.note(status);
        let (output, outputs) = results(&rendered, &live);
        Ok(Delivered { healthy, output, outputs })
    }

    /// A component as it is rendered over what is live, and what is live.
    async fn seen(
        &self,
        component: &Component,
        target: &Target,
    ) -> Result<(RenderedComponent, Vec<Option<Value>>), Error> {
        let rendered = self.rendered(component, target, None, true)?;
        let live = self.live(&rendered).await?;
        match workload(&rendered, &live) {
            None => Ok((rendered, live)),
            Some(seen) => {
                let rendered = self.rendered(component, target, Some(seen), true)?;
                let live = self.live(&rendered).await?;
                Ok((rendered, live))
            }
        }
    }

    fn rendered(
        &self,
        component: &Component,
        target: &Target,
        live_workload: Option<Value>,
        skip_post_dispatch: bool,
    ) -> Result<RenderedComponent, Error> {
        let extras = Extras {
            live_workload,
            skip_post_dispatch,
            step_patch: self.patch.clone(),
            cluster_version: self.version.clone(),
        };
        Ok(render_component(self.definitions, self.appfile, component, target, &extras)?)
    }

    async fn live(&self, rendered: &RenderedComponent) -> Result<Vec<Option<Value>>, Error> {
        let mut live = Vec::new();
        for manifest in &rendered.manifests {
            live.push(self.fleet.get(&ObjectId::of(&manifest.object, &manifest.cluster)).await?);
        }
        Ok(live)
    }

    fn judge(
        &self,
        component: &Component,
        rendered: &RenderedComponent,
        live: &[Option<Value>],
    ) -> Result<ServiceStatus, HealthError> {
        let before = self.services.iter().chain(&self.app.status.services).find(|service| {
            service.name == component.name && service.cluster == rendered.target.cluster
        });
        Service {
            definitions: self.definitions,
            app: self.appfile,
            component,
            rendered,
            live,
            before,
        }
        .status()
    }

    /// Whether everything is recorded in the generation in use.
    fn all_kept(&self, rendered: &RenderedComponent) -> bool {
        let managed = rendered.workload_managed;
        rendered
            .manifests
            .iter()
            .filter(|manifest| !(managed && manifest.role == Role::Workload))
            .all(|m| self.trackers.keeps(&ObjectId::of(&m.object, &m.cluster)))
    }

    /// Whether the component is another one than the revision's, as an override makes it.
    fn changed(&self, component: &Component) -> bool {
        self.delivered.get(&component.name).is_some_and(|known| known != component)
    }

    async fn stage(&mut self, rendered: &RenderedComponent, stage: Stage) -> Result<(), Error> {
        let manifests: Vec<(String, Value)> = rendered
            .stage(stage)
            .map(|m| (m.cluster.clone(), placed(m, &rendered.target)))
            .collect();
        if manifests.is_empty() {
            return Ok(());
        }
        self.dispatch(manifests, "").await
    }

    /// Delivers manifests and notes what was applied.
    pub(super) async fn dispatch(
        &mut self,
        manifests: Vec<(String, Value)>,
        creator: &str,
    ) -> Result<(), Error> {
        let delivery =
            Delivery { fleet: self.fleet, writer: self.writer, rules: self.rules, now: self.now };
        let ids: Vec<ObjectId> = manifests.iter().map(|(c, o)| ObjectId::of(o, c)).collect();
        let wanted = Dispatch { manifests, creator: creator.to_owned() };
        delivery.dispatch(&mut self.trackers, &wanted).await.map_err(|e| e.within("Dispatch"))?;
        ids.iter().for_each(|id| self.applied(id));
        Ok(())
    }

    async fn waits_for(
        &self,
        rendered: &RenderedComponent,
        stage: Stage,
        component: &Component,
    ) -> Result<bool, Error> {
        for manifest in rendered.stage(stage) {
            let id = ObjectId::of(&manifest.object, &manifest.cluster);
            let Some(live) = self.fleet.get(&id).await? else { return Ok(true) };
            if crate::tree::judge(&live).health != crate::tree::Health::Healthy {
                tracing::debug!(component = component.name, object = %id.key(), "stage waits");
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn has_post_dispatch(&self, component: &Component) -> Result<bool, Error> {
        for item in &component.traits {
            let kind = crate::render::DefinitionKind::Trait;
            if self.definitions.find(kind, &item.trait_type)?.stage() == Stage::PostDispatch {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// A component whose objects are not all there yet.
    fn unfinished(&mut self, component: &Component, target: &Target) -> Delivered {
        let namespace = match target.namespace.as_str() {
            "" => self.appfile.namespace.clone(),
            namespace => namespace.to_owned(),
        };
        let cluster = target.cluster.clone();
        let message = "waiting for previous stage healthy".to_owned();
        let name = component.name.clone();
        self.note(ServiceStatus { name, namespace, cluster, message, ..ServiceStatus::default() });
        Delivered { healthy: false, output: Value::Null, outputs: Map::new() }
    }

    /// Notes a service entry in place of an earlier one of this run.
    fn note(&mut self, status: ServiceStatus) {
        let same = |known: &ServiceStatus| {
            (&known.name, &known.namespace, &known.cluster)
                == (&status.name, &status.namespace, &status.cluster)
        };
        match self.services.iter().position(same) {
            Some(index) => self.services[index] = status,
            None => self.services.push(status),
        }
    }
}

/// A manifest with the name of its cluster as the step wrote it: nothing for the hub that nobody named.
fn placed(manifest: &Manifest, target: &Target) -> Value {
    let mut object = manifest.object.clone();
    let labels = &mut object["metadata"]["labels"];
    if labels[mizzen_oam::labels::CLUSTER].is_null() {
        labels[mizzen_oam::labels::CLUSTER] = json!(target.cluster);
    }
    object
}

fn workload(rendered: &RenderedComponent, live: &[Option<Value>]) -> Option<Value> {
    let index = rendered.manifests.iter().position(|m| m.role == Role::Workload)?;
    live.get(index)?.clone()
}

/// What a step may publish: the live workload and auxiliaries.
fn results(rendered: &RenderedComponent, live: &[Option<Value>]) -> (Value, Map<String, Value>) {
    let mut output = Value::Null;
    let mut outputs = Map::new();
    for (manifest, live) in rendered.manifests.iter().zip(live) {
        let value = live.clone().unwrap_or_else(|| manifest.object.clone());
        match &manifest.role {
            Role::Workload => output = value,
            Role::Auxiliary { resource } | Role::Trait { resource, .. } => {
                outputs.insert(resource.clone(), value);
            }
        }
    }
    (output, outputs)
}

impl Delivered {
    /// The reply of the call that delivered it.
    pub(super) fn value(&self) -> Value {
        json!({"output": self.output, "outputs": self.outputs})
    }
}

/// The cluster's name as a service entry and a tracker write it.
pub(super) fn short(cluster: &str) -> String {
    if cluster == LOCAL_CLUSTER { String::new() } else { cluster.to_owned() }
}
