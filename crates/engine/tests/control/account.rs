//! In whose name objects are read and written, and what becomes of the definitions of a hub.

use mizzen_engine::control::Options;
use serde_json::{Value, json};

use super::stories::{APP, application, webservice};
use super::world::{World, app_path, deployment_path};

const NAMESPACE: &str = "account";

/// Rights on what the delivery of a webservice touches.
fn role() -> [(&'static str, Value); 2] {
    let rules = json!([
        {"apiGroups": ["apps"], "resources": ["deployments"], "verbs": ["*"]},
        {"apiGroups": [""], "resources": ["services"], "verbs": ["*"]},
    ]);
    let kind = |kind: &str| json!({"apiVersion": "rbac.authorization.k8s.io/v1", "kind": kind});
    let mut role = kind("Role");
    role["metadata"] = json!({"name": "deployer"});
    role["rules"] = rules;
    let mut binding = kind("RoleBinding");
    binding["metadata"] = json!({"name": "deployer"});
    binding["roleRef"] =
        json!({"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "deployer"});
    binding["subjects"] =
        json!([{"kind": "ServiceAccount", "name": "deployer", "namespace": NAMESPACE}]);
    [("roles", role), ("rolebindings", binding)]
}

#[tokio::test(start_paused = true)]
async fn an_application_acts_as_the_account_that_it_names() {
    let world = World::new().await;
    world.namespace(NAMESPACE).await;
    world.hub.root().set_rbac(true);
    let _controller = world.controller(world.client());
    let mut app = application(&json!([webservice("web")]), &json!({}));
    app["metadata"]["annotations"] = json!({"app.oam.dev/service-account-name": "deployer"});
    world.up(NAMESPACE, &app).await;
    let path = app_path(NAMESPACE, APP);
    let refused = "system:serviceaccount:account:deployer\" cannot get resource \"deployments\"";
    world
        .until("hub", &path, "its account is refused", |app| {
            let step = &app["status"]["workflow"]["steps"][0];
            step["message"].as_str().is_some_and(|message| message.contains(refused))
        })
        .await;
    let there = world.api().get(&deployment_path(NAMESPACE, "web")).await;
    assert!(there.is_err(), "nothing is written with the controller's rights");
    for (plural, object) in role() {
        let root = "/apis/rbac.authorization.k8s.io/v1/namespaces/account";
        world.api().create(&format!("{root}/{plural}"), &object).await.unwrap();
    }
    world.phase(NAMESPACE, APP, 1, "running").await;
}

#[tokio::test(start_paused = true)]
async fn a_definition_gets_a_revision_and_a_schema_with_every_change() {
    let world = World::new().await;
    world.namespace(NAMESPACE).await;
    let _controller = world.controller_as(world.client(), Options::default());
    let oam = "/apis/core.oam.dev/v1beta1/namespaces/account";
    let definition = |template: &str| {
        json!({
            "apiVersion": "core.oam.dev/v1beta1",
            "kind": "ComponentDefinition",
            "metadata": {"name": "note", "namespace": NAMESPACE},
            "spec": {"workload": {"type": "configmaps.v1"},
                "schematic": {"cue": {"template": template}}},
        })
    };
    let path = format!("{oam}/componentdefinitions/note");
    let at = |number: i64| {
        move |object: &Value| object["status"]["latestRevision"]["revision"] == number
    };
    let first = definition("output: {}\nparameter: {\n// +usage=The text\ntext: string}");
    world.api().create(&format!("{oam}/componentdefinitions"), &first).await.unwrap();
    world.until("hub", &path, "it has a revision", at(1)).await;
    let schema = "/api/v1/namespaces/account/configmaps/component-schema-note";
    let told = |map: &Value| map["data"]["openapi-v3-json-schema"].as_str().map(str::to_owned);
    world.until("hub", schema, "it has a schema", |map| told(map).is_some()).await;
    let map = world.api().get(schema).await.unwrap();
    let described: Value = serde_json::from_str(&told(&map).unwrap()).unwrap();
    assert_eq!(described["properties"]["text"]["description"], "The text");
    assert_eq!(described["required"], json!(["text"]));
    let second = definition("output: {}\nparameter: {text: string, more?: int}");
    world.api().apply(&path, "author", &second).await.unwrap();
    world.until("hub", &path, "it has another", at(2)).await;
    let revision = world.api().get(&format!("{oam}/definitionrevisions/note-v2")).await.unwrap();
    assert_eq!(revision["spec"]["definitionType"], "Component");
}
