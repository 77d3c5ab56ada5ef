//! What a forecast needs, read from a hub: definitions, clusters, version, the workflow that is written
//! elsewhere, the variables of a run. For the console and the commands alike.

use jiff::Timestamp;
use k8s_openapi::api::core::v1::{ConfigMap, Secret};
use kube::api::{DynamicObject, ListParams, PartialObjectMeta};
use kube::core::{ApiResource, GroupVersionKind};
use kube::{Api, Client};
use mizzen_engine::forecast::{self, Forecast, Premises};
use mizzen_engine::render::placement::KnownCluster;
use mizzen_engine::render::{
    Appfile, ClusterVersion, Definition, DefinitionKind, Definitions, RevisionRef,
};
use mizzen_engine::workflow::context::VARS;
use mizzen_engine::workflow::{Context, Run, vars};
use mizzen_oam::application::Workflow;
use mizzen_oam::{Application, GROUP, LOCAL_CLUSTER, SYSTEM_NAMESPACE, labels};
use serde_json::Value;

use crate::console::effect::words;

/// What a forecast stands on besides the application: read once, any spec is then walked without asking
/// anyone.
#[derive(Debug)]
pub struct Ground {
    definitions: Definitions,
    clusters: Vec<KnownCluster>,
    version: ClusterVersion,
    workflow: Option<Workflow>,
}

impl Ground {
    /// Reads it for an application, with these definitions.
    ///
    /// # Errors
    /// A sentence: something of it cannot be read.
    pub async fn read(
        hub: &Client,
        definitions: Definitions,
        app: &Application,
    ) -> Result<Self, String> {
        Ok(Self {
            definitions,
            clusters: clusters(hub).await?,
            version: version(hub).await?,
            workflow: workflow(hub, app).await?,
        })
    }

    /// The same with the definitions of the namespace of the application as they are now.
    ///
    /// # Errors
    /// A sentence: something of it cannot be read.
    pub async fn of_today(
        hub: &Client,
        builtin: &Definitions,
        app: &Application,
    ) -> Result<Self, String> {
        let definitions = definitions(hub, builtin, &app.metadata.namespace).await?;
        Self::read(hub, definitions, app).await
    }

    /// Walks a run of the application; `pass_gates` goes on past gates to the end.
    ///
    /// # Errors
    /// A sentence: the application or its workflow makes no sense.
    pub fn walk(&self, app: &Application, run: Run, pass_gates: bool) -> Result<Forecast, String> {
        let latest = app.status.latest_revision.clone().unwrap_or_default();
        let revision = RevisionRef { name: latest.name, hash: latest.revision_hash };
        let file = Appfile::new(app, revision, self.workflow.as_ref());
        let premises = Premises {
            app: &file.map_err(|error| error.to_string())?,
            definitions: &self.definitions,
            clusters: &self.clusters,
            version: self.version.clone(),
            now: Timestamp::now(),
        };
        forecast::walk(&premises, run, pass_gates)
    }
}

/// `base`, then the definitions of the system's namespace, then those of `namespace`.
///
/// # Errors
/// A sentence: they cannot be listed, or one of them makes no sense.
pub async fn definitions(
    client: &Client,
    base: &Definitions,
    namespace: &str,
) -> Result<Definitions, String> {
    let mut all = base.clone();
    for place in [SYSTEM_NAMESPACE, namespace] {
        for kind in DefinitionKind::ALL {
            for object in stored(client, kind, place).await? {
                let read = Definition::from_object(&object);
                let name = object["metadata"]["name"].as_str().unwrap_or_default().to_owned();
                all.insert(read.map_err(|why| {
                    format!("{} {place}/{name}: {why}; mend or delete it", kind.object_kind())
                })?);
            }
        }
    }
    Ok(all)
}

async fn stored(client: &Client, kind: DefinitionKind, place: &str) -> Result<Vec<Value>, String> {
    let gvk = GroupVersionKind::gvk(GROUP, "v1beta1", kind.object_kind());
    let resource = ApiResource::from_gvk(&gvk);
    let api: Api<DynamicObject> = Api::namespaced_with(client.clone(), place, &resource);
    let items = match api.list(&ListParams::default()).await {
        Ok(list) => list.items,
        Err(kube::Error::Api(status)) if status.code == 404 => Vec::new(),
        Err(other) => {
            return Err(format!("{}s cannot be listed: {}", gvk.kind, words::api(&other)));
        }
    };
    let mut objects = Vec::new();
    for item in items {
        let mut value = serde_json::to_value(item).map_err(|why| why.to_string())?;
        value["kind"] = gvk.kind.clone().into();
        value["apiVersion"] = mizzen_oam::V1BETA1.into();
        objects.push(value);
    }
    Ok(objects)
}

/// The hub, then its members, newest first, with the labels that people gave them.
///
/// # Errors
/// A sentence: the members cannot be listed.
pub async fn clusters(client: &Client) -> Result<Vec<KnownCluster>, String> {
    let api: Api<PartialObjectMeta<Secret>> = Api::namespaced(client.clone(), SYSTEM_NAMESPACE);
    let list = ListParams::default().labels(labels::CLUSTER_CREDENTIAL_TYPE);
    let found = api.list(&list).await;
    let found =
        found.map_err(|error| format!("members cannot be listed: {}", words::api(&error)))?;
    let mut members = found.items;
    let created = |member: &PartialObjectMeta<Secret>| {
        member.metadata.creation_timestamp.as_ref().map(|time| time.0)
    };
    members.sort_by_key(|member| std::cmp::Reverse(created(member)));
    let control_plane = (labels::CONTROL_PLANE.to_owned(), "true".to_owned());
    let hub = KnownCluster {
        name: LOCAL_CLUSTER.to_owned(),
        labels: std::iter::once(control_plane).collect(),
    };
    let member = |member: PartialObjectMeta<Secret>| {
        let given = member.metadata.labels.unwrap_or_default().into_iter();
        KnownCluster {
            name: member.metadata.name.unwrap_or_default(),
            labels: given.filter(|(key, _)| !key.starts_with(labels::CLUSTER_PREFIX)).collect(),
        }
    };
    Ok(std::iter::once(hub).chain(members.into_iter().map(member)).collect())
}

/// The hub's version, as templates see it.
///
/// # Errors
/// A sentence: the hub does not answer.
pub async fn version(client: &Client) -> Result<ClusterVersion, String> {
    let info = client.apiserver_version().await.map_err(|error| words::api(&error))?;
    Ok(ClusterVersion {
        major: info.major,
        minor: info.minor,
        git_version: info.git_version,
        platform: info.platform,
    })
}

/// The Workflow object that an application refers to, where it does.
///
/// # Errors
/// A sentence: it does not exist or cannot be read.
pub async fn workflow(client: &Client, app: &Application) -> Result<Option<Workflow>, String> {
    let name = app.spec.workflow.as_ref().map_or("", |workflow| workflow.reference.as_str());
    if name.is_empty() {
        return Ok(None);
    }
    let kind = ApiResource::from_gvk(&GroupVersionKind::gvk(GROUP, "v1alpha1", "Workflow"));
    let api: Api<DynamicObject> =
        Api::namespaced_with(client.clone(), &app.metadata.namespace, &kind);
    let failed = |why: String| format!("Workflow {}/{name}: {why}", app.metadata.namespace);
    let found = api.get(name).await.map_err(|error| failed(words::api(&error)))?;
    let value = serde_json::to_value(found).map_err(|why| failed(why.to_string()))?;
    serde_json::from_value(value).map(Some).map_err(|why| failed(why.to_string()))
}

/// The variables that a run has set so far; none when it keeps none.
///
/// # Errors
/// A sentence: they cannot be read.
pub async fn variables(client: &Client, app: &Application) -> Result<Context, String> {
    let backend = app.status.workflow.as_ref().and_then(|run| run.context_backend.as_ref());
    let Some(backend) = backend else { return Ok(Context::default()) };
    let api: Api<ConfigMap> = Api::namespaced(client.clone(), &app.metadata.namespace);
    let failed = |why: String| format!("the variables of the run cannot be read: {why}");
    let found = api.get_opt(&backend.name).await.map_err(|error| failed(words::api(&error)))?;
    let mut kept = found.and_then(|map| map.data).unwrap_or_default();
    let text = kept.remove(VARS).unwrap_or_default();
    Ok(Context::new(vars::parse(&text).map_err(failed)?, kept))
}
