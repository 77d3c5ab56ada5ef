//! The built-in definitions and the packages that templates import, compiled into the binary.
//!
//! A table; a test holds it against the folder `definitions/`.

macro_rules! definition {
    ($path:literal) => {
        ($path, include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../../definitions/", $path)))
    };
}

/// Definition files: name of the file below `definitions/`, and its text.
pub(crate) const DEFINITIONS: &[(&str, &str)] = &[
    definition!("component/cron-task.cue"),
    definition!("component/daemon.cue"),
    definition!("component/helmchart.cue"),
    definition!("component/k8s-objects.cue"),
    definition!("component/raw.cue"),
    definition!("component/ref-objects.cue"),
    definition!("component/statefulset.cue"),
    definition!("component/task.cue"),
    definition!("component/webservice.cue"),
    definition!("component/worker.cue"),
    definition!("policy/apply-once.cue"),
    definition!("policy/envbinding.cue"),
    definition!("policy/garbage-collect.cue"),
    definition!("policy/override.cue"),
    definition!("policy/read-only.cue"),
    definition!("policy/replication.cue"),
    definition!("policy/resource-update.cue"),
    definition!("policy/shared-resource.cue"),
    definition!("policy/take-over.cue"),
    definition!("policy/topology.cue"),
    definition!("step/apply-application-in-parallel.cue"),
    definition!("step/apply-application.cue"),
    definition!("step/apply-component.cue"),
    definition!("step/apply-deployment.cue"),
    definition!("step/apply-object.cue"),
    definition!("step/apply-remaining.cue"),
    definition!("step/apply-terraform-config.cue"),
    definition!("step/apply-terraform-provider.cue"),
    definition!("step/build-push-image.cue"),
    definition!("step/check-metrics.cue"),
    definition!("step/clean-jobs.cue"),
    definition!("step/collect-service-endpoints.cue"),
    definition!("step/create-config.cue"),
    definition!("step/delete-config.cue"),
    definition!("step/depends-on-app.cue"),
    definition!("step/deploy-cloud-resource.cue"),
    definition!("step/deploy.cue"),
    definition!("step/deploy2env.cue"),
    definition!("step/deploy2runtime.cue"),
    definition!("step/export-data.cue"),
    definition!("step/export-service.cue"),
    definition!("step/export2config.cue"),
    definition!("step/export2secret.cue"),
    definition!("step/generate-jdbc-connection.cue"),
    definition!("step/list-config.cue"),
    definition!("step/notification.cue"),
    definition!("step/print-message-in-status.cue"),
    definition!("step/read-config.cue"),
    definition!("step/read-object.cue"),
    definition!("step/request.cue"),
    definition!("step/restart-workflow.cue"),
    definition!("step/share-cloud-resource.cue"),
    definition!("step/step-group.cue"),
    definition!("step/suspend.cue"),
    definition!("step/vela-cli.cue"),
    definition!("step/webhook.cue"),
    definition!("trait/affinity.cue"),
    definition!("trait/annotations.cue"),
    definition!("trait/command.cue"),
    definition!("trait/configmap.cue"),
    definition!("trait/container-image.cue"),
    definition!("trait/container-ports.cue"),
    definition!("trait/cpuscaler.cue"),
    definition!("trait/env.cue"),
    definition!("trait/expose.cue"),
    definition!("trait/gateway.cue"),
    definition!("trait/hostalias.cue"),
    definition!("trait/hpa.cue"),
    definition!("trait/ingress-1-20.cue"),
    definition!("trait/ingress.cue"),
    definition!("trait/init-container.cue"),
    definition!("trait/json-merge-patch.cue"),
    definition!("trait/json-patch.cue"),
    definition!("trait/k8s-update-strategy.cue"),
    definition!("trait/labels.cue"),
    definition!("trait/lifecycle.cue"),
    definition!("trait/nocalhost.cue"),
    definition!("trait/node-affinity.cue"),
    definition!("trait/podsecuritycontext.cue"),
    definition!("trait/pure-ingress.cue"),
    definition!("trait/pvc.cue"),
    definition!("trait/resource.cue"),
    definition!("trait/scaler.cue"),
    definition!("trait/securitycontext.cue"),
    definition!("trait/service-account.cue"),
    definition!("trait/service-binding.cue"),
    definition!("trait/sidecar.cue"),
    definition!("trait/startup-probe.cue"),
    definition!("trait/storage.cue"),
    definition!("trait/topologyspreadconstraints.cue"),
    definition!("trait/volumes.cue"),
];

/// Packages that templates of components, traits and policies may import.
pub(crate) const RENDER_PACKAGES: &[(&str, &str)] = &[
    definition!("vela/render/base64.cue"),
    definition!("vela/render/config.cue"),
    definition!("vela/render/cue.cue"),
    definition!("vela/render/helm.cue"),
    definition!("vela/render/http.cue"),
    definition!("vela/render/kube.cue"),
];

/// Packages that templates of workflow steps may import.
pub(crate) const STEP_PACKAGES: &[(&str, &str)] = &[
    definition!("vela/step/builtin.cue"),
    definition!("vela/step/config.cue"),
    definition!("vela/step/email.cue"),
    definition!("vela/step/helm.cue"),
    definition!("vela/step/http.cue"),
    definition!("vela/step/kube.cue"),
    definition!("vela/step/metrics.cue"),
    definition!("vela/step/multicluster.cue"),
    definition!("vela/step/oam.cue"),
    definition!("vela/step/op.cue"),
    definition!("vela/step/ql.cue"),
    definition!("vela/step/query.cue"),
    definition!("vela/step/terraform.cue"),
    definition!("vela/step/time.cue"),
    definition!("vela/step/util.cue"),
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::path::Path;

    use super::*;

    #[test]
    fn the_tables_hold_every_file() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../definitions");
        let mut files = BTreeSet::new();
        for folder in ["component", "policy", "step", "trait", "vela/render", "vela/step"] {
            let entries = std::fs::read_dir(root.join(folder)).expect("the folder is there");
            for entry in entries.flatten() {
                files.insert(format!("{folder}/{}", entry.file_name().to_string_lossy()));
            }
        }
        let tables = [DEFINITIONS, RENDER_PACKAGES, STEP_PACKAGES].concat();
        let known: BTreeSet<_> = tables.iter().map(|(path, _)| (*path).to_owned()).collect();
        assert_eq!(known, files);
    }
}
