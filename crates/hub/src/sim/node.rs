//! The simulated nodes, and what else a fresh cluster has: a storage class, an ingress class.

use serde_json::{Value, json};

/// The provisioner of the default storage class.
pub(crate) const STORAGE_PROVISIONER: &str = "sim.mizzen.dev/local";

/// A ready node; its number gives its name, address and zone.
pub(crate) fn node(cluster: &str, number: usize, time: &str) -> Value {
    let name = format!("{cluster}-node-{number}");
    let address = format!("172.18.0.{}", number + 1);
    let zone = ["a", "b", "c"][number % 3];
    let resources =
        json!({"cpu": "16", "memory": "64Gi", "ephemeral-storage": "200Gi", "pods": "250"});
    let condition = |kind: &str, status: &str, reason: &str, message: &str| {
        json!({"type": kind, "status": status, "lastHeartbeatTime": time,
            "lastTransitionTime": time, "reason": reason, "message": message})
    };
    json!({
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {
            "name": name,
            "labels": {
                "kubernetes.io/hostname": name,
                "kubernetes.io/os": "linux",
                "kubernetes.io/arch": "amd64",
                "beta.kubernetes.io/os": "linux",
                "beta.kubernetes.io/arch": "amd64",
                "topology.kubernetes.io/region": "sim",
                "topology.kubernetes.io/zone": format!("sim-{zone}"),
                "node.kubernetes.io/simulated": "true",
            },
        },
        "spec": {"podCIDR": format!("10.244.{number}.0/24"),
            "podCIDRs": [format!("10.244.{number}.0/24")]},
        "status": {
            "capacity": resources,
            "allocatable": resources,
            "conditions": [
                condition("MemoryPressure", "False", "KubeletHasSufficientMemory", "kubelet has sufficient memory available"),
                condition("DiskPressure", "False", "KubeletHasNoDiskPressure", "kubelet has no disk pressure"),
                condition("PIDPressure", "False", "KubeletHasSufficientPID", "kubelet has sufficient PID available"),
                condition("Ready", "True", "KubeletReady", "kubelet is posting ready status"),
            ],
            "addresses": [{"type": "InternalIP", "address": address},
                {"type": "Hostname", "address": name}],
            "daemonEndpoints": {"kubeletEndpoint": {"Port": 10250}},
            "nodeInfo": {"machineID": name, "systemUUID": name, "bootID": name,
                "kernelVersion": "6.12.0-simulated", "osImage": "Mizzen simulated node",
                "containerRuntimeVersion": "containerd://2.2.0", "kubeletVersion": "v1.36.3",
                "kubeProxyVersion": "", "operatingSystem": "linux", "architecture": "amd64"},
        },
    })
}

/// The default storage class.
pub(crate) fn storage_class() -> Value {
    json!({
        "apiVersion": "storage.k8s.io/v1",
        "kind": "StorageClass",
        "metadata": {"name": "standard",
            "annotations": {"storageclass.kubernetes.io/is-default-class": "true"}},
        "provisioner": STORAGE_PROVISIONER,
        "reclaimPolicy": "Delete",
        "volumeBindingMode": "Immediate",
        "allowVolumeExpansion": true,
    })
}
