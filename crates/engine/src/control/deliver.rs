//! One component in one place: rendered, delivered stage by stage, and looked at.
//!
//! Source: `generator.go` and `dispatcher.go` of the application controller.

use mizzen_oam::application::Component;
use mizzen_oam::labels;
use mizzen_oam::status::{ClusterObjectReference, ServiceStatus};
use serde_json::{Map, Value, json};

use super::work::Work;
use crate::apply::Delivery;
use crate::error::Error;
use crate::health::service::{HealthError, Service};
use crate::plan::ObjectId;
use crate::render::{
    Extras, Manifest, RenderError, RenderedComponent, Role, Stage, Target, render_component,
};

/// What became of a component.
pub(super) struct Delivered {
    pub(super) healthy: bool,
    pub(super) output: Value,
    pub(super) outputs: Map<String, Value>,
}

impl Work<'_> {
    /// A component that is there and well; nothing is written.
    pub(super) async fn look(
        &mut self,
        component: &Component,
        target: &Target,
    ) -> Result<Option<Delivered>, Error> {
        let (rendered, live) = self.seen_whole(component, target).await?;
        if !self.all_kept(&rendered) || self.changed(component) || self.follows_definitions() {
            return Ok(None);
        }
        let Ok(status) = self.judge(component, &rendered, &live) else { return Ok(None) };
        let healthy = status.healthy;
        self.note(status);
        if !healthy {
            return Ok(None);
        }
        self.applied(&rendered).await?;
        let (output, outputs) = results(&rendered, &live);
        Ok(Some(Delivered { healthy, output, outputs }))
    }

    /// Notes how well a delivered component is.
    pub(super) async fn judged(
        &mut self,
        component: &Component,
        target: &Target,
    ) -> Result<(), Error> {
        let (rendered, live) = self.seen_whole(component, target).await?;
        if let Ok(status) = self.judge(component, &rendered, &live) {
            self.note(status);
        }
        Ok(())
    }

    /// As [`Self::seen`], with the traits that follow a healthy workload if it is healthy.
    async fn seen_whole(
        &self,
        component: &Component,
        target: &Target,
    ) -> Result<(RenderedComponent, Vec<Option<Value>>), Error> {
        let (rendered, live) = self.seen(component, target).await?;
        let well = self.judge(component, &rendered, &live).is_ok_and(|s| s.workload_healthy);
        if !well || !self.has_post_dispatch(component)? {
            return Ok((rendered, live));
        }
        let whole = self.rendered(component, target, workload(&rendered, &live), false)?;
        let live = self.live_beside(&whole, &rendered, live).await?;
        Ok((whole, live))
    }

    /// Delivers a component as far as its stages allow.
    pub(super) async fn deliver(
        &mut self,
        component: &Component,
        target: &Target,
        patch: Option<&Map<String, Value>>,
    ) -> Result<Delivered, Error> {
        self.patch = patch.cloned();
        let (mut rendered, mut live) = self.seen(component, target).await?;
        let mut judged = self.judge(component, &rendered, &live);
        let this = self.named(component, target);
        if self.is_due(component, &rendered, judged.as_ref().ok(), &this) {
            self.stage(&rendered, Stage::PreDispatch).await?;
            if self.waits_for(&rendered, Stage::PreDispatch, component).await? {
                return Ok(self.unfinished(component, target));
            }
            self.stage(&rendered, Stage::DefaultDispatch).await?;
            live = self.live(&rendered).await?;
            judged = self.judge(component, &rendered, &live);
            self.lately.note(this);
        } else if judged.as_ref().is_ok_and(|status| !status.healthy) {
            self.put_off = true;
        }
        let mut status = match judged {
            Ok(status) => status,
            Err(HealthError::Missing { .. }) => return Ok(self.unfinished(component, target)),
            Err(HealthError::Render(error)) => return Err(error.into()),
        };
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
        self.applied(&rendered).await?;
        let (output, outputs) = results(&rendered, &live);
        Ok(Delivered { healthy, output, outputs })
    }

    /// Whether a component is to be delivered, as it is judged now: `None` where something is missing.
    fn is_due(
        &self,
        component: &Component,
        rendered: &RenderedComponent,
        judged: Option<&ServiceStatus>,
        this: &str,
    ) -> bool {
        if !self.all_kept(rendered) || self.follows_definitions() {
            return true;
        }
        match judged {
            Some(status) if status.healthy && !self.changed(component) => false,
            Some(_) => !self.lately.holds(this),
            None => true,
        }
    }

    /// What [`Self::lately`] knows a component in a place by: other properties make it another one.
    fn named(&self, component: &Component, target: &Target) -> String {
        let (uid, place) = (&self.app.metadata.uid, [&target.cluster, &target.namespace]);
        json!([uid, place, component, component.replica_key, self.patch]).to_string()
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
                let again = self.rendered(component, target, Some(seen), true)?;
                let live = self.live_beside(&again, &rendered, live).await?;
                Ok((again, live))
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
        render_component(&self.definitions, self.appfile, component, target, &extras)
            .map_err(|error| self.unrendered(component, error))
    }

    /// A failed render with where it failed, as readers of statuses know it.
    fn unrendered(&self, component: &Component, error: RenderError) -> Error {
        let head = match &error {
            RenderError::Template(error) => error.head.as_str(),
            _ => "",
        };
        let place = match head.strip_prefix("validation failed for trait ") {
            Some(name) => format!("evaluate template trait={name} app={}", component.name),
            None => format!(
                "evaluate base template app={} in namespace={}",
                self.appfile.name, self.appfile.namespace
            ),
        };
        Error::from(error).within(format!("GenerateComponentManifest: {place}"))
    }

    async fn live(&self, rendered: &RenderedComponent) -> Result<Vec<Option<Value>>, Error> {
        let mut live = Vec::new();
        for manifest in &rendered.manifests {
            live.push(self.live_object(manifest).await?);
        }
        Ok(live)
    }

    /// What is live of a component that was rendered again: of what it had before, as it was read then.
    async fn live_beside(
        &self,
        rendered: &RenderedComponent,
        before: &RenderedComponent,
        known: Vec<Option<Value>>,
    ) -> Result<Vec<Option<Value>>, Error> {
        let ids: Vec<ObjectId> = before.manifests.iter().map(id_of).collect();
        let mut live = Vec::new();
        for manifest in &rendered.manifests {
            live.push(match ids.iter().position(|id| *id == id_of(manifest)) {
                Some(index) => known[index].clone(),
                None => self.live_object(manifest).await?,
            });
        }
        Ok(live)
    }

    async fn live_object(&self, manifest: &Manifest) -> Result<Option<Value>, Error> {
        match self.fleet.get(&id_of(manifest)).await {
            // Whoever cannot read it is told so when it is delivered.
            Err(error) if error.is_answer() => Ok(None),
            found => found,
        }
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
            definitions: &self.definitions,
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
            .all(|manifest| self.trackers.keeps(&id_of(manifest)))
    }

    /// Whether everything is delivered again because a definition may have changed.
    fn follows_definitions(&self) -> bool {
        self.app.metadata.annotation(mizzen_oam::annotations::AUTO_UPDATE) == "true"
    }

    /// Whether the component has another type or other properties than the revision's, as an override may
    /// give it; its traits do not count (`componentPropertiesChanged` in upstream's `dispatcher.go`).
    fn changed(&self, component: &Component) -> bool {
        let told = |it: &Component| {
            let properties = it.properties.clone().filter(|it| !it.is_null());
            (it.component_type.clone(), properties.unwrap_or_else(|| json!({})))
        };
        self.delivered.get(&component.name).is_none_or(|known| told(known) != told(component))
    }

    /// A manifest as upstream sends it: with its cluster as the step wrote it, which is empty for the
    /// hub that nobody named. What follows a healthy workload is made on another path there, on which
    /// neither the annotations of the application nor the sort of resource are added.
    fn placed(&self, manifest: &Manifest, target: &Target) -> Value {
        let mut object = manifest.object.clone();
        let metadata = &mut object["metadata"];
        if metadata["labels"][labels::CLUSTER].is_null() {
            metadata["labels"][labels::CLUSTER] = json!(target.cluster);
        }
        if manifest.stage == Stage::PostDispatch {
            if let Some(carried) = metadata["labels"].as_object_mut() {
                carried.shift_remove(labels::RESOURCE_TYPE);
            }
            if let Some(carried) = metadata["annotations"].as_object_mut() {
                carried.retain(|key, _| !self.app.metadata.annotations.contains_key(key));
            }
        }
        object
    }

    async fn stage(&mut self, rendered: &RenderedComponent, stage: Stage) -> Result<(), Error> {
        let manifests: Vec<(String, Value)> = rendered
            .stage(stage)
            .map(|m| (m.cluster.clone(), self.placed(m, &rendered.target)))
            .collect();
        if manifests.is_empty() {
            return Ok(());
        }
        self.dispatch(manifests).await.map_err(|error| error.within("Dispatch"))
    }

    /// Delivers manifests and notes what was applied.
    pub(super) async fn dispatch(&mut self, manifests: Vec<(String, Value)>) -> Result<(), Error> {
        let delivered = self.delivery().dispatch(&mut self.trackers, manifests).await?;
        self.note_applied(&delivered);
        Ok(())
    }

    /// Everything of a component that is there counts as applied in this run.
    async fn applied(&mut self, rendered: &RenderedComponent) -> Result<(), Error> {
        let managed = rendered.workload_managed;
        let delivered =
            rendered.manifests.iter().filter(|m| !(managed && m.role == Role::Workload));
        let manifests: Vec<(String, Value)> =
            delivered.map(|m| (m.cluster.clone(), self.placed(m, &rendered.target))).collect();
        let manifests = self.delivery().placed(manifests).await?;
        self.note_applied(&manifests);
        Ok(())
    }

    fn note_applied(&mut self, manifests: &[(String, Value)]) {
        for reference in manifests.iter().map(|(_, object)| reference(object, "workflow")) {
            if !self.resources.contains(&reference) {
                self.resources.push(reference);
            }
        }
    }

    async fn waits_for(
        &self,
        rendered: &RenderedComponent,
        stage: Stage,
        component: &Component,
    ) -> Result<bool, Error> {
        for manifest in rendered.stage(stage) {
            let id = id_of(manifest);
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

impl<'a> Work<'a> {
    /// What delivers for the application.
    pub(super) fn delivery(&self) -> Delivery<'a> {
        Delivery { fleet: self.fleet, writer: self.writer, rules: self.rules, now: self.now }
    }
}

fn id_of(manifest: &Manifest) -> ObjectId {
    ObjectId::of(&manifest.object, &manifest.cluster)
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

/// How the application's status names what was applied: the cluster as a step wrote it.
pub(super) fn reference(object: &Value, creator: &str) -> ClusterObjectReference {
    let written = object["metadata"]["labels"][labels::CLUSTER].as_str().unwrap_or_default();
    ObjectId::labelled(object).reference(written, creator)
}
