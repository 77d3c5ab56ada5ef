//! `mizzen cluster`: the members of a hub. A member is a Secret on the hub, as upstream keeps it.
//!
//! Source: `pkg/multicluster/cluster_management.go` of kubevela.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use kube::Client;
use kube::api::{DynamicObject, ListParams};
use kube::config::{KubeConfigOptions, Kubeconfig};
use kube::core::{ApiResource, GroupVersionKind};
use kube::{Api, Config};
use mizzen_engine::member::{Credential, Member, Membership};
use mizzen_oam::{LOCAL_CLUSTER, SYSTEM_NAMESPACE, annotations, labels};
use serde_json::{Map, Value, json};

use super::apply::MANAGER;
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
    /// Set or remove labels that topology policies select by
    Label(Label),
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
    /// Detach it even though applications have objects there, which stay and are no longer managed
    #[arg(long)]
    leave_objects: bool,
    #[command(flatten)]
    connection: Connection,
}

/// Options of `label`.
#[derive(Debug, Args)]
pub(super) struct Label {
    /// Name of the member
    name: String,
    /// `key=value` to set a label, `key-` to remove one
    #[arg(required = true)]
    labels: Vec<String>,
    #[command(flatten)]
    connection: Connection,
}

pub(super) async fn run(verb: Verb) -> Result<(), Stop> {
    match verb {
        Verb::List(a) => list(&a.connection.open().await?, a.output).await,
        Verb::Join(a) => join(&a).await,
        Verb::Label(a) => relabel(&a).await,
        Verb::Detach(a) => detach(&a).await,
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

async fn join(arguments: &Join) -> Result<(), Stop> {
    let hub = arguments.connection.open().await?;
    let member = member(arguments).await?;
    Membership::new(hub.client, MANAGER).join(&member).await.map_err(refusal)?;
    say!("{} joined", member.name);
    Ok(())
}

/// What cannot be done as it is asked for is refused; everything else failed.
fn refusal(error: mizzen_engine::Error) -> Stop {
    match error {
        mizzen_engine::Error::Invalid(why) => Stop::Refused(why),
        mizzen_engine::Error::NoCluster { cluster } => {
            Stop::Refused(format!("{cluster} is not a member"))
        }
        other => other.into(),
    }
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
    let authority = match config.accept_invalid_certs {
        true => String::new(),
        false => config.root_cert.unwrap_or_default().iter().map(|der| pem(der)).collect(),
    };
    let labels: Result<_, Stop> = arguments.labels.iter().map(|text| label(text)).collect();
    Ok(Member {
        name: arguments.name.clone().or(cluster).unwrap_or_default(),
        endpoint: config.cluster_url.to_string().trim_end_matches('/').to_owned(),
        authority,
        proxy: config.proxy_url.map(|url| url.to_string()).unwrap_or_default(),
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

async fn detach(arguments: &Detach) -> Result<(), Stop> {
    let hub = arguments.connection.open().await?;
    let name = &arguments.name;
    let membership = Membership::new(hub.client, MANAGER);
    let users: Vec<String> = membership.users(name).await?.into_iter().collect();
    if !users.is_empty() && !arguments.leave_objects {
        let why = format!(
            "{name} still holds objects of {}; delete them there or deliver elsewhere first, or \
             leave them behind with --leave-objects",
            users.join(", ")
        );
        return Err(Stop::Refused(why));
    }
    membership.detach(name).await.map_err(refusal)?;
    say!("{name} detached");
    if !users.is_empty() {
        say!("objects of {} stay there and are no longer managed", users.join(", "));
    }
    Ok(())
}

/// Changes labels of a member: `key=value` sets one, `key-` removes one.
async fn relabel(arguments: &Label) -> Result<(), Stop> {
    let hub = arguments.connection.open().await?;
    let (removed, set): (Vec<_>, Vec<_>) =
        arguments.labels.iter().partition(|text| text.ends_with('-') && !text.contains('='));
    let set = set.into_iter().map(|text| label(text)).collect::<Result<_, Stop>>()?;
    let removed: Vec<String> =
        removed.into_iter().map(|text| text.trim_end_matches('-').to_owned()).collect();
    let membership = Membership::new(hub.client, MANAGER);
    membership.label(&arguments.name, &set, &removed).await.map_err(refusal)?;
    say!("{} labelled", arguments.name);
    Ok(())
}
