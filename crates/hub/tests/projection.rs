//! Kinds that are computed from stored objects of another kind.

use mizzen_hub::{Cluster, Hub, LocalApi, ProjectedColumn, Projection, User};
use serde_json::{Value, json};

fn boxes() -> Projection {
    let column = ProjectedColumn {
        name: "Size".to_owned(),
        kind: "string".to_owned(),
        description: "how many keys".to_owned(),
        priority: 0,
        cell: |object| object["size"].clone(),
    };
    Projection {
        group: "g.io".to_owned(),
        version: "v1".to_owned(),
        kind: "Box".to_owned(),
        plural: "boxes".to_owned(),
        short_names: vec!["bx".to_owned()],
        columns: vec![column],
        source: ["", "configmaps", "default"].map(str::to_owned),
        objects: |sources| sources.iter().map(|it| of(it)).collect(),
    }
}

fn of(source: &Value) -> Value {
    json!({
        "kind": "Box", "apiVersion": "g.io/v1",
        "metadata": {"name": source["metadata"]["name"], "labels": source["metadata"]["labels"]},
        "size": source["data"].as_object().map_or(0, serde_json::Map::len).to_string(),
    })
}

async fn hub() -> Result<(Hub, LocalApi), Box<dyn std::error::Error>> {
    let hub = Hub::builder().clusters(["hub", "m"]).projection(boxes()).build().await?;
    let api = local(&hub.root());
    for (name, label) in [("a", "x"), ("b", "y")] {
        let object = json!({"apiVersion": "v1", "kind": "ConfigMap", "data": {"k": "v"},
            "metadata": {"name": name, "labels": {"l": label}}});
        api.create("/api/v1/namespaces/default/configmaps", &object)
            .await
            .map_err(|it| it.message)?;
    }
    Ok((hub, api))
}

fn local(cluster: &Cluster) -> LocalApi {
    cluster.local(User::admin(), "test")
}

#[tokio::test]
async fn they_are_read_as_they_are_now() {
    let (_hub, api) = hub().await.unwrap();
    let list = api.get("/apis/g.io/v1/boxes?labelSelector=l%3Dy").await.unwrap();
    assert_eq!(list["kind"], "BoxList");
    assert_eq!(list["items"].as_array().unwrap().len(), 1);
    assert_eq!(list["items"][0]["kind"], "Box");
    let one = api.get("/apis/g.io/v1/boxes/b").await.unwrap();
    assert_eq!(one["size"], "1");
    api.delete("/api/v1/namespaces/default/configmaps/b", &json!({})).await.unwrap();
    let gone = api.get("/apis/g.io/v1/boxes/b").await.unwrap_err();
    assert_eq!((gone.code, gone.message.as_str()), (404, "boxes.g.io \"b\" not found"));
}

#[tokio::test]
async fn they_are_discovered_and_cannot_be_written_or_watched() {
    let (hub, api) = hub().await.unwrap();
    let found = api.get("/apis/g.io/v1").await.unwrap();
    assert_eq!(found["resources"][0]["verbs"], json!(["get", "list"]));
    assert_eq!(found["resources"][0]["shortNames"], json!(["bx"]));
    let object = json!({"apiVersion": "g.io/v1", "kind": "Box", "metadata": {"name": "c"}});
    assert_eq!(api.create("/apis/g.io/v1/boxes", &object).await.unwrap_err().code, 405);
    assert_eq!(api.get("/apis/g.io/v1/boxes?watch=true").await.unwrap_err().code, 405);
    let member = local(&hub.cluster("m").unwrap());
    assert_eq!(member.get("/apis/g.io/v1").await.unwrap_err().code, 404);
}
