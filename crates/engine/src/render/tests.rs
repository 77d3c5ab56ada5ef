//! Whole components through the built-in definitions: names, labels, stages, errors as people see them.

use mizzen_oam::Application;
use serde_json::{Value, json};

use super::*;

fn appfile(spec: Value) -> Appfile {
    let app: Application = serde_json::from_value(json!({
        "metadata": {"name": "shop", "namespace": "prod", "labels": {"team": "blue"}},
        "spec": spec,
    }))
    .expect("the test's application is valid");
    let revision = RevisionRef { name: "shop-v3".to_owned(), hash: "abc".to_owned() };
    Appfile::new(&app, revision, None).expect("the test's application reads")
}

fn render(component: Value, extras: &Extras) -> Result<RenderedComponent, RenderError> {
    let definitions = Definitions::builtin().expect("the built-in definitions read");
    let app = appfile(json!({"components": [component]}));
    let target = Target { cluster: "c1".to_owned(), namespace: String::new() };
    render_component(&definitions, &app, &app.components[0], &target, extras)
}

fn web(traits: Value) -> Value {
    json!({
        "name": "web", "type": "webservice",
        "properties": {"image": "nginx:1", "ports": [{"port": 80, "expose": true}]},
        "traits": traits,
    })
}

#[test]
fn a_component_becomes_labelled_objects() {
    let traits = json!([
        {"type": "scaler", "properties": {"replicas": 2}},
        {"type": "labels", "properties": {"tier": "front"}},
        {"type": "expose", "properties": {"port": [80]}},
    ]);
    let rendered = render(web(traits), &Extras::default()).expect("renders");
    let workload = &rendered.workload().expect("has a workload").object;
    assert_eq!(workload["spec"]["replicas"], 2);
    assert_eq!(workload["metadata"]["name"], "web");
    assert_eq!(workload["metadata"]["namespace"], "prod");
    assert_eq!(
        workload["metadata"]["labels"],
        json!({
            "tier": "front", "team": "blue",
            "app.oam.dev/name": "shop", "app.oam.dev/namespace": "prod",
            "app.oam.dev/component": "web", "app.oam.dev/appRevision": "shop-v3",
            "app.oam.dev/app-revision-hash": "abc", "app.oam.dev/revision": "",
            "app.oam.dev/resourceType": "WORKLOAD", "app.oam.dev/cluster": "c1",
            "workload.oam.dev/type": "webservice",
        })
    );
    let told: Vec<_> = rendered
        .manifests
        .iter()
        .map(|manifest| (manifest.object["kind"].as_str().unwrap_or_default(), manifest.stage))
        .collect();
    assert_eq!(
        told,
        [
            ("Deployment", Stage::DefaultDispatch),
            ("Service", Stage::DefaultDispatch),
            ("Service", Stage::PostDispatch),
        ]
    );
    let skip = Extras { skip_post_dispatch: true, ..Extras::default() };
    let early = render(web(json!([{"type": "expose", "properties": {"port": [80]}}])), &skip);
    assert_eq!(early.expect("renders").manifests.len(), 2);
}

#[test]
fn problems_are_told_with_their_place() {
    let unknown = render(json!({"name": "a", "type": "nonesuch"}), &Extras::default());
    let told = unknown.expect_err("no such type").to_string();
    assert!(told.contains("component definition `nonesuch` is not known"), "{told}");

    let wrong = web(json!([{"type": "gateway", "properties": {"http": {"/": "80"}}}]));
    let error = render(wrong, &Extras::default()).expect_err("a port is a number");
    assert_eq!(error.class(), ErrorClass::Conflict);
    let told = error.to_string();
    assert!(told.starts_with("validation failed for trait gateway:"), "{told}");
    assert!(told.contains("Parameter errors:\n  parameter.http.\"/\": "), "{told}");

    let missing = json!({"name": "a", "type": "webservice", "properties": {}});
    let error = render(missing, &Extras::default()).expect_err("an image is needed");
    assert_eq!(error.class(), ErrorClass::Incomplete);
}

#[test]
fn every_built_in_definition_reads() {
    let definitions = Definitions::builtin().expect("the built-in definitions read");
    let count = |kind| definitions.iter().filter(|definition| definition.kind == kind).count();
    assert_eq!(count(DefinitionKind::Policy), 10);
    assert!(count(DefinitionKind::Component) >= 10);
    assert!(count(DefinitionKind::Trait) >= 30);
    assert!(count(DefinitionKind::WorkflowStep) >= 30);
    for definition in definitions.iter() {
        let description = &definition.annotations["definition.oam.dev/description"];
        assert!(description.is_string(), "{} has no description", definition.name);
    }
}
