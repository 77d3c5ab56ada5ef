//! In which order the rows of a list stand. Rows that are alike stand by their names, so that they never
//! change places for nothing.

/// What rows are ordered by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum By {
    /// Name, then namespace.
    Name,
    /// Namespace, then name.
    Namespace,
    /// How urgent it is.
    Health,
    /// Since when it is so, the youngest first.
    Age,
    /// The first of its clusters.
    Cluster,
    /// Kind or type.
    Kind,
}

/// An order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Order {
    /// What counts.
    pub by: By,
    /// Whether the last comes first.
    pub reversed: bool,
}

/// All that can be chosen, each with its name and what it means.
pub const ORDERS: &[(&str, &str, Order)] = &[
    ("name", "a to z", Order { by: By::Name, reversed: false }),
    ("name, reversed", "z to a", Order { by: By::Name, reversed: true }),
    ("health", "the most urgent first", Order { by: By::Health, reversed: false }),
    ("health, reversed", "what is well first", Order { by: By::Health, reversed: true }),
    ("age", "the youngest first", Order { by: By::Age, reversed: false }),
    ("age, reversed", "the oldest first", Order { by: By::Age, reversed: true }),
    ("namespace", "a to z", Order { by: By::Namespace, reversed: false }),
    ("cluster", "by the first of its clusters", Order { by: By::Cluster, reversed: false }),
    ("kind", "kind or type", Order { by: By::Kind, reversed: false }),
];

impl Order {
    /// What it is called.
    #[must_use]
    pub fn name(self) -> &'static str {
        ORDERS.iter().find(|(_, _, order)| *order == self).map_or("", |(name, ..)| name)
    }
}

/// What stands at the top of a resource tree.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TreeOrder {
    /// The clusters.
    #[default]
    Cluster,
    /// The components of the application.
    Component,
    /// How things are, what is broken first.
    Health,
}

/// All of them, each with its name and what it means.
pub const TREE_ORDERS: &[(&str, &str, TreeOrder)] = &[
    ("by cluster", "clusters, and what runs in each", TreeOrder::Cluster),
    ("by component", "components, and where each runs", TreeOrder::Component),
    ("by health", "what is broken first", TreeOrder::Health),
];

impl TreeOrder {
    /// What it is called.
    #[must_use]
    pub fn name(self) -> &'static str {
        TREE_ORDERS.iter().find(|(_, _, order)| *order == self).map_or("", |(name, ..)| name)
    }
}
