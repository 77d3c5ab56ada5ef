//! Get and list: one consistent snapshot, by the rules of resourceVersion, in pages.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::{Response, StatusCode};
use serde_json::{Value, json};
use tokio::time::Duration;

use crate::api::Target;
use crate::api::options::{self, ListOptions, VersionMatch};
use crate::api::request::Request;
use crate::api::respond;
use crate::body::Body;
use crate::cluster::Inner;
use crate::go_json;
use crate::status::Status;
use crate::store::{Compacted, Key, Snapshot};

/// How long a read waits for a revision that is not there yet.
const PATIENCE: Duration = Duration::from_secs(3);

/// Answers a get.
pub(crate) async fn get(
    cluster: &Inner,
    request: &Request,
    target: &Target,
) -> Result<Response<Body>, Status> {
    if let Some(version) = options::version(&request.query)? {
        reach(cluster, version).await?;
    }
    let object = target.fetch(cluster)?;
    respond::object(request, &target.resource, StatusCode::OK, &object, cluster.clock.now())
}

/// Answers a list.
pub(crate) async fn list(
    cluster: &Inner,
    request: &Request,
    target: &Target,
) -> Result<Response<Body>, Status> {
    let options = ListOptions::parse(&request.query, &target.resource, false)?;
    let page = page(cluster, target, &options).await?;
    let objects: Vec<&Value> = page.objects.iter().map(|(_, o)| &**o).collect();
    respond::list(request, &target.resource, page.metadata, &objects, cluster.clock.now())
}

/// Waits until the cluster has reached a revision.
async fn reach(cluster: &Inner, version: u64) -> Result<(), Status> {
    let mut moved = cluster.store.subscribe_all();
    if cluster.store.revision() >= version {
        return Ok(());
    }
    let arrival = moved.wait_for(|current| *current >= version);
    match tokio::time::timeout(PATIENCE, arrival).await {
        Ok(Ok(_)) => Ok(()),
        Ok(Err(_)) | Err(_) => Err(Status::version_too_large(version, cluster.store.revision())),
    }
}

struct Page {
    metadata: Value,
    objects: Vec<(Key, Arc<Value>)>,
}

/// What a continue token holds.
struct Continue {
    revision: Option<u64>,
    start: Key,
}

impl Continue {
    fn encode(revision: i64, next: &Key) -> String {
        let start = format!("{}/{}", next.namespace, next.name);
        let token = json!({"v": "meta.k8s.io/v1", "rv": revision, "start": start});
        URL_SAFE_NO_PAD.encode(token.to_string())
    }

    fn decode(token: &str) -> Result<Self, Status> {
        let invalid = |why: &str| {
            let head = "invalid continue token: continue key is not valid";
            Status::bad_request(format!("{head}: {why}"))
        };
        let malformed = || invalid("it cannot be read");
        let bytes = URL_SAFE_NO_PAD.decode(token.trim_end_matches('=')).map_err(|_| malformed())?;
        let value = go_json::read(&bytes).map_err(|why| invalid(&why))?;
        if value["v"] != "meta.k8s.io/v1" {
            return Err(invalid("server does not recognize this encoded version"));
        }
        let revision = value["rv"].as_i64().ok_or_else(malformed)?;
        let (ns, name) =
            value["start"].as_str().and_then(|s| s.split_once('/')).ok_or_else(malformed)?;
        Ok(Self { revision: u64::try_from(revision).ok(), start: Key::new(ns, name) })
    }
}

async fn page(cluster: &Inner, target: &Target, options: &ListOptions) -> Result<Page, Status> {
    let namespace = (!target.namespace.is_empty()).then_some(target.namespace.as_str());
    let collection = &target.resource.storage;
    let (snapshot, start) = if options.token.is_empty() {
        (snapshot(cluster, target, options).await?, None)
    } else {
        if options.version.is_some_and(|v| v != 0) {
            return Err(Status::bad_request(
                "specifying resource version is not allowed when using continue",
            ));
        }
        let token = Continue::decode(&options.token)?;
        let snapshot = match token.revision {
            Some(rv) => cluster
                .store
                .list_at(collection, namespace, rv)
                .map_err(|_| continue_expired(&token.start))?,
            None => cluster.store.list(collection, namespace),
        };
        (snapshot, Some(token.start))
    };
    Ok(cut(snapshot, start.as_ref(), options))
}

fn continue_expired(start: &Key) -> Status {
    let mut status = Status::expired(
        "The provided continue parameter is too old to display a consistent list result. You can \
         start a new list without the continue parameter, or use the continue token in this \
         response to retrieve the remainder of the results. Continuing with the provided token \
         results in an inconsistent list - objects that were created, modified, or deleted between \
         the time the first chunk was returned and now may show up in the list.",
    );
    status.details.continue_token = Continue::encode(-1, start);
    status
}

async fn snapshot(
    cluster: &Inner,
    target: &Target,
    options: &ListOptions,
) -> Result<Snapshot, Status> {
    let namespace = (!target.namespace.is_empty()).then_some(target.namespace.as_str());
    let collection = &target.resource.storage;
    let version = options.version.unwrap_or(0);
    reach(cluster, version).await?;
    let exact = match options.version_match {
        Some(VersionMatch::Exact) => true,
        Some(VersionMatch::NotOlderThan) => false,
        None => version > 0 && options.limit > 0,
    };
    if !exact {
        return Ok(cluster.store.list(collection, namespace));
    }
    cluster.store.list_at(collection, namespace, version).map_err(|Compacted { .. }| {
        Status::expired("The resourceVersion for the provided list is too old.")
    })
}

/// The page of a snapshot that starts at a key and holds what is selected, up to the limit.
fn cut(snapshot: Snapshot, start: Option<&Key>, options: &ListOptions) -> Page {
    let mut objects: Vec<(Key, Arc<Value>)> = snapshot
        .objects
        .into_iter()
        .filter(|(key, _)| start.is_none_or(|s| key >= s))
        .filter(|(_, object)| options.selects(object))
        .collect();
    let mut metadata = json!({"resourceVersion": snapshot.revision.to_string()});
    if options.limit > 0 && objects.len() > options.limit {
        let rest = objects.split_off(options.limit);
        let revision = i64::try_from(snapshot.revision).unwrap_or(i64::MAX);
        metadata["continue"] = json!(Continue::encode(revision, &rest[0].0));
        if !options.is_selective() {
            metadata["remainingItemCount"] = json!(rest.len());
        }
    }
    Page { metadata, objects }
}
