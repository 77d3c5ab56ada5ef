//! The table of kinds, and the named parts that their schemas share. The notation is explained in
//! [`super::schema`].

/// Name, type and JSON path of a printer column.
pub(super) type Column = (&'static str, &'static str, &'static str);

/// One version of one kind.
pub(super) struct Kind {
    pub(super) kind: &'static str,
    pub(super) plural: &'static str,
    pub(super) short: &'static [&'static str],
    pub(super) version: &'static str,
    pub(super) storage: bool,
    pub(super) cluster_scoped: bool,
    pub(super) status: bool,
    pub(super) columns: &'static [Column],
    pub(super) schema: &'static str,
}

const BASE: Kind = Kind {
    kind: "",
    plural: "",
    short: &[],
    version: "v1beta1",
    storage: true,
    cluster_scoped: false,
    status: true,
    columns: &[],
    schema: "",
};

const DESCRIPTION: Column =
    ("DESCRIPTION", "string", r".metadata.annotations.definition\.oam\.dev/description");

/// Every version of every kind, versions of one kind together.
pub(super) const KINDS: &[Kind] = &[
    Kind {
        kind: "Application",
        plural: "applications",
        short: &["app", "velaapp"],
        columns: &[
            ("COMPONENT", "string", ".spec.components[*].name"),
            ("TYPE", "string", ".spec.components[*].type"),
            ("PHASE", "string", ".status.status"),
            ("HEALTHY", "boolean", ".status.services[*].healthy"),
            ("STATUS", "string", ".status.services[*].message"),
            ("AGE", "date", ".metadata.creationTimestamp"),
        ],
        schema: "{apiVersion kind metadata:object spec:$ApplicationSpec status:$AppStatus}",
        ..BASE
    },
    Kind {
        kind: "ApplicationRevision",
        plural: "applicationrevisions",
        short: &["apprev"],
        columns: &[
            ("AGE", "date", ".metadata.creationTimestamp"),
            (
                "PUBLISH_VERSION",
                "string",
                r".metadata.annotations['app\.oam\.dev\/publishVersion']",
            ),
            ("SUCCEEDED", "string", ".status.succeeded"),
        ],
        schema: "{apiVersion kind metadata:object spec:$RevisionSpec \
            status:{succeeded!:bool workflow:$WorkflowStatus workflowContext:map<string>}}",
        ..BASE
    },
    Kind {
        kind: "ComponentDefinition",
        plural: "componentdefinitions",
        short: &["comp"],
        columns: &[("WORKLOAD-KIND", "string", ".spec.workload.definition.kind"), DESCRIPTION],
        schema: "{apiVersion kind metadata:object spec:$ComponentSpec status:$DefinitionStatus}",
        ..BASE
    },
    Kind {
        kind: "TraitDefinition",
        plural: "traitdefinitions",
        short: &["trait"],
        columns: &[("APPLIES-TO", "string", ".spec.appliesToWorkloads"), DESCRIPTION],
        schema: "{apiVersion kind metadata:object spec:$TraitSpec status:$DefinitionStatus}",
        ..BASE
    },
    Kind {
        kind: "PolicyDefinition",
        plural: "policydefinitions",
        short: &["def-policy"],
        schema: "{apiVersion kind metadata:object spec:$PolicySpec status:$DefinitionStatus}",
        ..BASE
    },
    Kind {
        kind: "WorkflowStepDefinition",
        plural: "workflowstepdefinitions",
        short: &["workflowstep"],
        schema: "{apiVersion kind metadata:object spec:$StepDefinitionSpec status:$DefinitionStatus}",
        ..BASE
    },
    Kind {
        kind: "WorkloadDefinition",
        plural: "workloaddefinitions",
        short: &["workload"],
        version: "v1alpha2",
        storage: false,
        status: false,
        columns: &[("DEFINITION-NAME", "string", ".spec.definitionRef.name")],
        schema: "{apiVersion kind metadata:object spec:$OldWorkloadSpec status:{conditions:[$Condition]}}",
        ..BASE
    },
    Kind {
        kind: "WorkloadDefinition",
        plural: "workloaddefinitions",
        short: &["workload"],
        status: false,
        columns: &[("DEFINITION-NAME", "string", ".spec.definitionRef.name"), DESCRIPTION],
        schema: "{apiVersion kind metadata:object spec:$OldWorkloadSpec status:{conditions:[$Condition]}}",
        ..BASE
    },
    Kind {
        kind: "DefinitionRevision",
        plural: "definitionrevisions",
        short: &["defrev"],
        status: false,
        columns: &[
            ("REVISION", "integer", ".spec.revision"),
            ("HASH", "string", ".spec.revisionHash"),
            ("TYPE", "string", ".spec.definitionType"),
        ],
        schema: "{apiVersion kind metadata:object spec:{componentDefinition:$Component \
            definitionType!:string(Component|Trait|Policy|WorkflowStep) policyDefinition:$Policy \
            revision!:int64 revisionHash! traitDefinition:$Trait workflowStepDefinition:$StepDefinition}}",
        ..BASE
    },
    Kind {
        kind: "ResourceTracker",
        plural: "resourcetrackers",
        short: &["rt"],
        cluster_scoped: true,
        columns: &[
            ("TYPE", "string", ".spec.type"),
            ("APP", "string", r".metadata.labels['app\.oam\.dev\/name']"),
            ("APP-NS", "string", r".metadata.labels['app\.oam\.dev\/namespace']"),
            ("APP-GEN", "number", ".spec.applicationGeneration"),
        ],
        schema: "{apiVersion kind metadata:object spec:{applicationGeneration!:int64 \
            compression:{data type} managedResources:[{apiVersion cluster component creator deleted:bool \
            fieldPath kind name namespace raw:any resourceVersion skipGC:bool trait uid}~atomic] type}}",
        ..BASE
    },
    Kind {
        kind: "Policy",
        plural: "policies",
        version: "v1alpha1",
        status: false,
        columns: &[("TYPE", "string", ".type")],
        schema: "{apiVersion kind metadata:object properties:any type!}",
        ..BASE
    },
    Kind {
        kind: "Workflow",
        plural: "workflows",
        version: "v1alpha1",
        status: false,
        schema: "{apiVersion kind metadata:object mode:$Mode steps:[$Step]}",
        ..BASE
    },
    Kind {
        kind: "WorkflowRun",
        plural: "workflowruns",
        short: &["wr"],
        version: "v1alpha1",
        columns: &[
            ("PHASE", "string", ".status.status"),
            ("AGE", "date", ".metadata.creationTimestamp"),
        ],
        schema: "{apiVersion kind metadata:object \
            spec:{context:any mode:$Mode workflowRef workflowSpec:{steps:[$Step]}} \
            status:{conditions:[$Condition] contextBackend:$Reference endTime:time finished!:bool \
            message mode!:$Mode startTime:time status! steps:[$StepStatus] suspend!:bool suspendState \
            terminated!:bool}}",
        ..BASE
    },
];

/// Parts of schemas, by name.
pub(super) const PARTS: &[(&str, &str)] = &[
    ("Input", "{from! parameterKey}"),
    ("Output", "{name! valueFrom!}"),
    ("Mode", "{steps subSteps}"),
    (
        "SubStep",
        "{dependsOn:[string] if inputs:[$Input] meta:{alias} name outputs:[$Output] properties:any \
         timeout type!}",
    ),
    (
        "Step",
        "{dependsOn:[string] if inputs:[$Input] meta:{alias} mode:string? name outputs:[$Output] \
         properties:any subSteps:[$SubStep] timeout type!}",
    ),
    (
        "ApplicationSpec",
        "{components!:[{dependsOn:[string] externalRevision inputs:[$Input] name! outputs:[$Output] \
         properties:any scopes:map<string>% traits:[{properties:any type!}] type!}] \
         policies:[{name properties:any type!}] workflow:{mode:$Mode ref steps:[$Step]}}",
    ),
    ("Reference", "{apiVersion fieldPath kind name namespace resourceVersion uid}~atomic"),
    ("Condition", "{lastTransitionTime!:time message reason! status! type!}"),
    ("Revision", "{name! revision!:int64 revisionHash}"),
    ("Gvk", "{apiVersion! kind!}"),
    (
        "SubStepStatus",
        "{firstExecuteTime:time id! lastExecuteTime:time message name phase reason type}",
    ),
    (
        "StepStatus",
        "{firstExecuteTime:time id! lastExecuteTime:time message name phase reason \
         subSteps:[$SubStepStatus] type}",
    ),
    (
        "WorkflowStatus",
        "{appRevision contextBackend:$Reference endTime:time? finished!:bool message mode! \
         startTime:time status steps:[$StepStatus] suspend!:bool suspendState terminated!:bool}",
    ),
    (
        "AppStatus",
        "{applicationPoliciesConfigMap appliedApplicationPolicies:[{annotationsCount:int applied!:bool \
         definitionRevisionName error:bool hasContext:bool labelsCount:int message name! namespace! \
         revision:int64 revisionHash source specModified:bool type}] \
         appliedResources:[{apiVersion cluster creator fieldPath kind name namespace resourceVersion \
         uid}~atomic] components:[$Reference] conditions:[$Condition] latestRevision:$Revision \
         observedGeneration:int64 policy:[{name! status:any type!}] \
         services:[{cluster details:map<string> env healthy!:bool message name! namespace \
         scopes:[$Reference] traits:[{details:map<string> healthy!:bool message pending:bool type!}] \
         workloadDefinition:$Gvk workloadHealthy:bool}] status workflow:$WorkflowStatus \
         workflowRestartScheduledAt:time}",
    ),
    ("DefinitionStatus", "{conditions:[$Condition] configMapRef latestRevision:$Revision}"),
    ("DefinitionRef", "{name! version}"),
    ("ChildKind", "{apiVersion! kind! selector:map<string>}"),
    ("StatusTexts", "{customStatus details healthPolicy}"),
    (
        "Terraform",
        "{configuration! customRegion deleteResource:bool=true \
         gitCredentialsSecretReference:{name namespace}~atomic path \
         providerRef:{name! namespace:string=default} type:string(hcl|json|remote)=hcl \
         writeConnectionSecretToRef:{name! namespace}}",
    ),
    ("Schematic", "{cue:{template!} terraform:$Terraform}"),
    (
        "ComponentSpec",
        "{childResourceKinds:[$ChildKind] extension:any podSpecPath revisionLabel schematic:$Schematic \
         status:$StatusTexts version workload!:{definition:$Gvk type}}",
    ),
    (
        "TraitSpec",
        "{appliesToWorkloads:[string] conflictsWith:[string] controlPlaneOnly:bool \
         definitionRef:$DefinitionRef extension:any manageWorkload:bool podDisruptive:bool \
         revisionEnabled:bool schematic:$Schematic stage status:$StatusTexts version workloadRefPath}",
    ),
    (
        "PolicySpec",
        "{definitionRef:$DefinitionRef global:bool manageHealthCheck:bool priority:int32 \
         schematic:$Schematic scope version}",
    ),
    ("StepDefinitionSpec", "{definitionRef:$DefinitionRef schematic:$Schematic version}"),
    (
        "OldWorkloadSpec",
        "{childResourceKinds:[$ChildKind] definitionRef!:$DefinitionRef extension:any podSpecPath \
         revisionLabel schematic:{cue:{template!} helm:{release!:any repository!:any} \
         kube:{parameters:[{description fieldPaths!:[string] name! required:bool=false \
         type!:string(string|number|boolean)}] template!:any} terraform:$Terraform} \
         status:{customStatus healthPolicy}}",
    ),
    (
        "WorkloadSpec",
        "{childResourceKinds:[$ChildKind] definitionRef!:$DefinitionRef extension:any podSpecPath \
         revisionLabel schematic:$Schematic status:$StatusTexts}",
    ),
    ("Meta", "{annotations:map<string> finalizers:[string] labels:map<string> name namespace}"),
    ("Component", "{apiVersion kind metadata:$Meta spec:$ComponentSpec status:$DefinitionStatus}"),
    ("Trait", "{apiVersion kind metadata:$Meta spec:$TraitSpec status:$DefinitionStatus}"),
    ("Policy", "{apiVersion kind metadata:$Meta spec:$PolicySpec status:$DefinitionStatus}"),
    (
        "StepDefinition",
        "{apiVersion kind metadata:$Meta spec:$StepDefinitionSpec status:$DefinitionStatus}",
    ),
    (
        "Workload",
        "{apiVersion kind metadata:$Meta spec:$WorkloadSpec status:{conditions:[$Condition]}}",
    ),
    (
        "RevisionSpec",
        "{application!:{apiVersion kind metadata:$Meta spec:$ApplicationSpec status:$AppStatus} \
         componentDefinitions:map<$Component> compression:{data type} \
         policies:map<{apiVersion kind metadata:$Meta properties:any type!}> \
         policyDefinitions:map<$Policy> \
         policyVersions:map<{definitionRevisionName revision:int64 revisionHash}> \
         referredObjects:[any&]% traitDefinitions:map<$Trait> \
         workflow:{apiVersion kind metadata:$Meta mode:$Mode steps:[$Step]} \
         workflowStepDefinitions:map<$StepDefinition> workloadDefinitions:map<$Workload>}",
    ),
];
