//! Components that are copies of objects which exist already, in a cluster or under an address.
//!
//! Invariant: what is delivered is what the revision keeps, whatever became of the originals since.
//! Source: `pkg/component/ref_objects.go` and `parseReferredObjects` in `pkg/appfile/parser.go` of
//! kubevela.

use http::Request;
use mizzen_oam::application::Component;
use mizzen_oam::meta::StringMap;
use mizzen_oam::{LOCAL_CLUSTER, annotations};
use serde::Deserialize;
use serde_json::{Value, json};

use super::web::Web;
use crate::error::Error;
use crate::fleet::{Fleet, Query};
use crate::plan::ObjectId;
use crate::render::Appfile;

/// The type of such components.
const TYPE: &str = "ref-objects";

/// What belongs to the original and not to a copy.
const OF_THE_ORIGINAL: [&str; 7] = [
    "creationTimestamp",
    "deletionTimestamp",
    "generation",
    "managedFields",
    "ownerReferences",
    "resourceVersion",
    "uid",
];

/// What such a component is told.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Wanted {
    objects: Vec<Selector>,
    urls: Vec<String>,
}

/// Which objects.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase", deny_unknown_fields)]
struct Selector {
    resource: String,
    group: String,
    name: String,
    namespace: String,
    cluster: String,
    label_selector: Option<StringMap>,
}

/// A selector with what it leaves to its component filled in.
struct Place {
    id: ObjectId,
    labels: Option<StringMap>,
}

fn wanted(component: &Component) -> Result<Option<Wanted>, Error> {
    if component.component_type != TYPE {
        return Ok(None);
    }
    let properties = component.properties.clone().unwrap_or_else(|| json!({}));
    serde_json::from_value(properties).map(Some).map_err(|why| {
        let name = &component.name;
        Error::Invalid(format!("invalid properties for ref-objects in component {name}: {why}"))
    })
}

/// Reads the originals, in the order in which a revision keeps them.
pub(super) async fn load(fleet: &Fleet, web: &dyn Web, app: &Appfile) -> Result<Vec<Value>, Error> {
    let mut found = Vec::new();
    for component in &app.components {
        let Some(wanted) = wanted(component)? else { continue };
        for selector in &wanted.objects {
            let place = selector.place(fleet, &app.namespace, &component.name).await?;
            add(&mut found, read(fleet, &place).await?);
        }
        for url in &wanted.urls {
            let objects = fetched(web, url).await.map_err(|why| {
                Error::Invalid(format!("failed to load Kubernetes objects from url {url}: {why}"))
            })?;
            add(&mut found, objects);
        }
    }
    found.sort_by_key(key);
    Ok(found)
}

/// Gives the components the objects that their revision keeps.
pub(super) async fn fill(fleet: &Fleet, app: &mut Appfile, kept: &[Value]) -> Result<(), Error> {
    for component in &mut app.components {
        let Some(wanted) = wanted(component)? else { continue };
        let mut objects = Vec::new();
        for selector in &wanted.objects {
            let place = selector.place(fleet, &app.namespace, &component.name).await?;
            let fits = |object: &&Value| origin(object).is_none() && place.fits(object);
            let chosen: Vec<Value> = kept.iter().filter(fits).cloned().collect();
            if chosen.is_empty() && place.labels.is_none() {
                return Err(place.missing("not found in the revision"));
            }
            add(&mut objects, chosen);
        }
        for url in &wanted.urls {
            add(&mut objects, kept.iter().filter(|o| origin(o) == Some(url)).cloned().collect());
        }
        component.properties = Some(json!({ "objects": objects }));
    }
    Ok(())
}

impl Selector {
    async fn place(
        &self,
        fleet: &Fleet,
        app_namespace: &str,
        component: &str,
    ) -> Result<Place, Error> {
        let invalid = |why: &str| Err(Error::Invalid(why.to_owned()));
        if self.label_selector.is_some() && !self.name.is_empty() {
            return invalid(
                "invalid object selector for ref-objects, name and labelSelector cannot be both set",
            );
        }
        if self.resource.is_empty() {
            return invalid("resource is not set for referring objects");
        }
        let or = |text: &str, other: &str| if text.is_empty() { other } else { text }.to_owned();
        let cluster = or(&self.cluster, LOCAL_CLUSTER);
        let (api_version, kind) = fleet.resource(&cluster, &self.group, &self.resource).await?;
        let namespace = match kind.namespaced {
            true => or(&self.namespace, app_namespace),
            false => String::new(),
        };
        let name = match &self.label_selector {
            Some(_) => String::new(),
            None => or(&self.name, component),
        };
        let id = ObjectId { cluster, api_version, kind: kind.kind, namespace, name };
        Ok(Place { id, labels: self.label_selector.clone() })
    }
}

impl Place {
    fn fits(&self, object: &Value) -> bool {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let metadata = &object["metadata"];
        let named = match &self.labels {
            None => text(&metadata["name"]) == self.id.name,
            Some(labels) => labels.iter().all(|(key, value)| metadata["labels"][key] == **value),
        };
        named
            && text(&object["apiVersion"]) == self.id.api_version
            && text(&object["kind"]) == self.id.kind
            && text(&metadata["namespace"]) == self.id.namespace
    }

    fn missing(&self, why: &str) -> Error {
        let ObjectId { kind, namespace, name, .. } = &self.id;
        Error::Invalid(format!("failed to load ref object {kind} {namespace}/{name}: {why}"))
    }
}

async fn read(fleet: &Fleet, place: &Place) -> Result<Vec<Value>, Error> {
    let id = &place.id;
    let mut found = match &place.labels {
        None => match fleet.get(id).await {
            Ok(Some(object)) => vec![object],
            Ok(None) => return Err(place.missing("not found")),
            Err(error) => return Err(place.missing(&error.told())),
        },
        Some(labels) => {
            let pairs: Vec<String> = labels.iter().map(|(k, v)| format!("{k}={v}")).collect();
            let query = Query {
                cluster: id.cluster.clone(),
                api_version: id.api_version.clone(),
                kind: id.kind.clone(),
                namespace: id.namespace.clone(),
                labels: pairs.join(","),
            };
            let within = format!("failed to load ref object {} with selector", id.kind);
            fleet.list(&query).await.map_err(|error| error.within(within))?
        }
    };
    found.iter_mut().for_each(clean);
    Ok(found)
}

async fn fetched(web: &dyn Web, url: &str) -> Result<Vec<Value>, String> {
    let request = Request::get(url).body(Vec::new()).map_err(|why| why.to_string())?;
    let reply = web.send(request).await?;
    if !reply.status().is_success() {
        return Err(format!("the answer is {}", reply.status()));
    }
    let text = String::from_utf8(reply.into_body()).map_err(|why| why.to_string())?;
    let objects: Vec<Value> = serde_saphyr::from_multiple(&text).map_err(|why| why.to_string())?;
    let mut objects: Vec<Value> = objects.into_iter().filter(Value::is_object).collect();
    for object in &mut objects {
        if object["kind"].as_str().is_none() || object["metadata"]["name"].as_str().is_none() {
            return Err("an object there has no kind or no name".to_owned());
        }
        object["metadata"]["annotations"][annotations::RESOURCE_URL] = json!(url);
    }
    Ok(objects)
}

/// The address that an object came from.
fn origin(object: &Value) -> Option<&str> {
    object["metadata"]["annotations"][annotations::RESOURCE_URL].as_str().filter(|u| !u.is_empty())
}

fn clean(object: &mut Value) {
    if let Some(metadata) = object["metadata"].as_object_mut() {
        metadata.retain(|key, _| !OF_THE_ORIGINAL.contains(&key.as_str()));
    }
    let service = object["apiVersion"] == "v1" && object["kind"] == "Service";
    if let Some(fields) = object.as_object_mut() {
        fields.shift_remove("status");
    }
    if service
        && let Some(spec) = object["spec"].as_object_mut()
        && spec.get("clusterIP").is_some_and(|address| address != "None")
    {
        spec.shift_remove("clusterIP");
        spec.shift_remove("clusterIPs");
    }
}

/// Objects in the order in which they came; a later one stands for an earlier one of its name.
fn add(known: &mut Vec<Value>, objects: Vec<Value>) {
    for object in objects {
        match known.iter_mut().find(|other| key(other) == key(&object)) {
            Some(other) => *other = object,
            None => known.push(object),
        }
    }
}

/// What objects are sorted by: `<group>/<version>, Kind=<kind>|<namespace>/<name>`.
fn key(object: &Value) -> String {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let version = text(&object["apiVersion"]);
    let version = if version.contains('/') { version } else { format!("/{version}") };
    let metadata = &object["metadata"];
    let (namespace, name) = (text(&metadata["namespace"]), text(&metadata["name"]));
    format!("{version}, Kind={}|{namespace}/{name}", text(&object["kind"]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn copies_are_free_of_what_was_the_original_s() {
        let mut object = json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "a",
            "uid": "u", "labels": {"x": "y"}, "managedFields": []},
            "spec": {"clusterIP": "10.0.0.1", "clusterIPs": ["10.0.0.1"], "type": "ClusterIP"},
            "status": {}});
        clean(&mut object);
        let expected = json!({"apiVersion": "v1", "kind": "Service",
            "metadata": {"name": "a", "labels": {"x": "y"}}, "spec": {"type": "ClusterIP"}});
        assert_eq!(object, expected);
        let mut headless = json!({"apiVersion": "v1", "kind": "Service", "metadata": {},
            "spec": {"clusterIP": "None"}});
        clean(&mut headless);
        assert_eq!(headless["spec"]["clusterIP"], "None");
    }
}
