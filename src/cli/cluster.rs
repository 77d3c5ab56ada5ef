//! `mizzen cluster`: the members of a hub. A member is a Secret on the hub, as upstream keeps it.
//!
//! Source: `pkg/multicluster/cluster_management.go` of kubevela.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use kube::Client;
use kube::api::{DeleteParams, DynamicObject, ListParams};
use kube::config::{KubeConfigOptions, Kubeconfig};
use kube::core::{ApiResource, GroupVersionKind};
use kube::{Api, Config};
use mizzen_oam::{LOCAL_CLUSTER, SYSTEM_NAMESPACE, annotations, labels};
use serde_json::{Map, Value, json};

use super::apply::apply;
use super::connect::{Connection, Hub};
use super::output::{Output, Table};
use super::say::say;
use super::stop::Stop;

/// What to do with members.
#[derive(Debug, Subcommand)]
pub(super) enum Verb {
    /// List the hub and its members
    List(List),
    /// Make a cluster a member
    Join(Join),
    /// Make a member a stranger; what was delivered there stays
    Detach(Detach),
}

/// Options of `list`.
#[derive(Debug, Args)]
pub(super) struct List {
    #[command(flatten)]
    connection: Connection,
    #[command(flatten)]
    output: Output,
}

/// Options of `join`.
#[derive(Debug, Args)]
pub(super) struct Join {
    /// Kubeconfig of the cluster
    file: PathBuf,
    /// Context of that kubeconfig; without it, its current one
    #[arg(long)]
    member_context: Option<String>,
    /// Name of the member; without it, the cluster's name in that kubeconfig
    #[arg(long)]
    name: Option<String>,
    /// Labels that topology policies select by, such as `region=eu`
    #[arg(long, value_delimiter = ',')]
    labels: Vec<String>,
    #[command(flatten)]
    connection: Connection,
}

/// Options of `detach`.
#[derive(Debug, Args)]
pub(super) struct Detach {
    /// Name of the member
    name: String,
    #[command(flatten)]
    connection: Connection,
}

pub(super) async fn run(verb: Verb) -> Result<(), Stop> {
    match verb {
        Verb::List(a) => list(&a.connection.open().await?, a.output).await,
        Verb::Join(a) => join(&a).await,
        Verb::Detach(a) => detach(&a.connection.open().await?, &a.name).await,
    }
}

/// The Secrets of members.
pub(super) async fn members(client: &Client) -> Result<Vec<Value>, Stop> {
    let params = ListParams::default().labels(labels::CLUSTER_CREDENTIAL_TYPE);
    let found = secrets(client).list(&params).await?;
    found
        .items
        .iter()
        .map(|item| serde_json::to_value(item).map_err(|why| Stop::failed("reading Secrets", why)))
        .collect()
}

fn secrets(client: &Client) -> Api<DynamicObject> {
    let kind = ApiResource::from_gvk(&GroupVersionKind::gvk("", "v1", "Secret"));
    Api::namespaced_with(client.clone(), SYSTEM_NAMESPACE, &kind)
}

async fn list(hub: &Hub, output: Output) -> Result<(), Stop> {
    let mut table = Table::new(&["CLUSTER", "ALIAS", "TYPE", "ENDPOINT", "LABELS"]);
    table.row([LOCAL_CLUSTER, "", "Internal", "", ""]);
    let mut rows = vec![json!({"name": LOCAL_CLUSTER, "type": "Internal"})];
    for secret in members(&hub.client).await? {
        let text = |pointer: &str| secret.pointer(pointer).and_then(Value::as_str).unwrap_or("");
        let metadata = &secret["metadata"];
        let name = metadata["name"].as_str().unwrap_or_default();
        let alias = metadata["annotations"][annotations::CLUSTER_ALIAS].as_str().unwrap_or("");
        let kind = metadata["labels"][labels::CLUSTER_CREDENTIAL_TYPE].as_str().unwrap_or("");
        let endpoint = decoded(text("/data/endpoint"));
        let own = own_labels(&metadata["labels"]);
        let shown: Vec<String> =
            own.iter().map(|(k, v)| format!("{k}={}", v.as_str().unwrap_or(""))).collect();
        table.row([name, alias, kind, &endpoint, &shown.join(",")]);
        rows.push(json!({"name": name, "alias": alias, "type": kind, "endpoint": endpoint,
            "labels": own}));
    }
    output.print(&Value::Array(rows), || table)
}

/// The labels that are the cluster's, not the gateway's.
pub(super) fn own_labels(labels: &Value) -> Map<String, Value> {
    let all = labels.as_object().cloned().unwrap_or_default();
    all.into_iter().filter(|(key, _)| !key.starts_with(labels::CLUSTER_PREFIX)).collect()
}

fn decoded(data: &str) -> String {
    use base64::Engine as _;
    let bytes = base64::engine::general_purpose::STANDARD.decode(data).unwrap_or_default();
    String::from_utf8_lossy(&bytes).into_owned()
}

/// How a member is reached, as the gateway needs it.
#[derive(Clone, Debug, Default)]
pub(super) struct Member {
    pub(super) name: String,
    pub(super) endpoint: String,
    pub(super) authority: String,
    pub(super) credential: Credential,
    pub(super) labels: Vec<(String, String)>,
}

/// What a member accepts.
#[derive(Clone, Debug)]
pub(super) enum Credential {
    Token(String),
    Certificate { certificate: String, key: String },
}

impl Default for Credential {
    fn default() -> Self {
        Self::Token(String::new())
    }
}

impl Member {
    /// Makes the cluster a member of the hub.
    pub(super) async fn register(&self, hub: &Client) -> Result<(), Stop> {
        if self.name.is_empty() || self.name == LOCAL_CLUSTER {
            let why = format!("a member cannot be called {:?}; choose a --name", self.name);
            return Err(Stop::Refused(why));
        }
        apply(hub, SYSTEM_NAMESPACE, &self.secret(), true).await.map(drop)
    }

    fn secret(&self) -> Value {
        let mut data = json!({"endpoint": self.endpoint});
        if !self.authority.is_empty() {
            data["ca.crt"] = json!(self.authority);
        }
        let kind = match &self.credential {
            Credential::Token(token) => {
                data["token"] = json!(token);
                "ServiceAccountToken"
            }
            Credential::Certificate { certificate, key } => {
                data["tls.crt"] = json!(certificate);
                data["tls.key"] = json!(key);
                "X509Certificate"
            }
        };
        let mut all = json!({
            labels::CLUSTER_CREDENTIAL_TYPE: kind,
            labels::CLUSTER_ENDPOINT_TYPE: "Const",
        });
        for (key, value) in &self.labels {
            all[key] = json!(value);
        }
        json!({
            "apiVersion": "v1",
            "kind": "Secret",
            "type": "Opaque",
            "metadata": {"name": self.name, "namespace": SYSTEM_NAMESPACE, "labels": all},
            "stringData": data,
        })
    }
}

async fn join(arguments: &Join) -> Result<(), Stop> {
    let hub = arguments.connection.open().await?;
    let member = member(arguments).await?;
    let known = members(&hub.client).await?;
    if known.iter().any(|secret| secret["metadata"]["name"] == member.name.as_str()) {
        let why = format!("{} is a member already; detach it first", member.name);
        return Err(Stop::Refused(why));
    }
    member.register(&hub.client).await?;
    say!("{} joined", member.name);
    Ok(())
}

/// What the kubeconfig of a cluster says about it.
async fn member(arguments: &Join) -> Result<Member, Stop> {
    let place = arguments.file.display().to_string();
    let failed = |why: String| Stop::failed(&place, why);
    let file = Kubeconfig::read_from(&arguments.file).map_err(|why| failed(why.to_string()))?;
    let wanted = arguments.member_context.clone().or_else(|| file.current_context.clone());
    let context = file.contexts.iter().find(|known| Some(&known.name) == wanted.as_ref());
    let cluster = context.and_then(|known| known.context.as_ref().map(|c| c.cluster.clone()));
    let options =
        KubeConfigOptions { context: arguments.member_context.clone(), ..Default::default() };
    let config = Config::from_custom_kubeconfig(file, &options)
        .await
        .map_err(|why| failed(why.to_string()))?;
    let auth = serde_json::to_value(&config.auth_info).map_err(|why| failed(why.to_string()))?;
    let credential = credential(&auth).ok_or_else(|| {
        let why = "its user has neither a token nor certificate data; only these can be stored";
        failed(why.to_owned())
    })?;
    let authority = config.root_cert.unwrap_or_default().iter().map(|der| pem(der)).collect();
    let labels: Result<Vec<_>, Stop> = arguments.labels.iter().map(|text| label(text)).collect();
    Ok(Member {
        name: arguments.name.clone().or(cluster).unwrap_or_default(),
        endpoint: config.cluster_url.to_string().trim_end_matches('/').to_owned(),
        authority,
        credential,
        labels: labels?,
    })
}

/// A token, or a certificate with its key, as the kubeconfig's user has them.
fn credential(auth: &Value) -> Option<Credential> {
    let text = |key: &str| auth[key].as_str().filter(|text| !text.is_empty());
    if let Some(token) = text("token") {
        return Some(Credential::Token(token.to_owned()));
    }
    let certificate = decoded(text("client-certificate-data")?);
    Some(Credential::Certificate { certificate, key: decoded(text("client-key-data")?) })
}

fn label(text: &str) -> Result<(String, String), Stop> {
    let (key, value) = text
        .split_once('=')
        .ok_or_else(|| Stop::Failed(format!("label {text:?} is not of the form key=value")))?;
    Ok((key.to_owned(), value.to_owned()))
}

fn pem(der: &[u8]) -> String {
    use base64::Engine as _;
    let text = base64::engine::general_purpose::STANDARD.encode(der);
    let lines: Vec<String> =
        text.as_bytes().chunks(64).map(|line| String::from_utf8_lossy(line).into_owned()).collect();
    format!("-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n", lines.join("\n"))
}

async fn detach(hub: &Hub, name: &str) -> Result<(), Stop> {
    if name == LOCAL_CLUSTER {
        return Err(Stop::Refused("the hub itself cannot be detached".to_owned()));
    }
    let known = members(&hub.client).await?;
    if !known.iter().any(|secret| secret["metadata"]["name"] == name) {
        return Err(Stop::Refused(format!("{name} is not a member")));
    }
    let users = users(hub, name).await?;
    if !users.is_empty() {
        let why = format!(
            "{name} still holds objects of {}; delete them there or deliver elsewhere first",
            users.join(", ")
        );
        return Err(Stop::Refused(why));
    }
    secrets(&hub.client).delete(name, &DeleteParams::default()).await?;
    say!("{name} detached");
    Ok(())
}

/// The applications that have objects in a cluster.
async fn users(hub: &Hub, cluster: &str) -> Result<Vec<String>, Stop> {
    let gvk = GroupVersionKind::gvk(mizzen_oam::GROUP, "v1beta1", "ResourceTracker");
    let api: Api<DynamicObject> = Api::all_with(hub.client.clone(), &ApiResource::from_gvk(&gvk));
    let mut users = Vec::new();
    for tracker in api.list(&ListParams::default()).await?.items {
        let resources = tracker.data["spec"]["managedResources"].as_array();
        let here = resources.into_iter().flatten().any(|r| r["cluster"] == cluster);
        let label = |key: &str| {
            tracker.metadata.labels.as_ref().and_then(|l| l.get(key)).cloned().unwrap_or_default()
        };
        let user = format!("{}/{}", label(labels::APP_NAMESPACE), label(labels::APP_NAME));
        if here && !users.contains(&user) {
            users.push(user);
        }
    }
    Ok(users)
}
