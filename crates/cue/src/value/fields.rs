//! The fields of a struct.

use super::{Value, selector};
use crate::eval::ArcType;
use crate::eval::val::Val;
use crate::path::Selector;

/// Which fields to list. Regular members always.
#[derive(Clone, Copy, Debug, Default)]
pub struct Fields {
    optional: bool,
    definitions: bool,
    hidden: bool,
}

impl Fields {
    /// Regular members only.
    pub fn regular() -> Self {
        Self::default()
    }

    /// Optional fields too.
    #[must_use]
    pub fn optional(mut self, on: bool) -> Self {
        self.optional = on;
        self
    }

    /// Definitions too.
    #[must_use]
    pub fn definitions(mut self, on: bool) -> Self {
        self.definitions = on;
        self
    }

    /// Hidden fields too.
    #[must_use]
    pub fn hidden(mut self, on: bool) -> Self {
        self.hidden = on;
        self
    }
}

/// A field of a struct.
#[derive(Clone, Debug)]
pub struct Field {
    /// What selects it.
    pub selector: Selector,
    /// Its value.
    pub value: Value,
    arc_type: ArcType,
}

impl Field {
    /// Name without quotes.
    pub fn name(&self) -> &str {
        match &self.selector {
            Selector::Str(s) | Selector::Def(s) | Selector::Hidden(s) => s,
            Selector::Index(_) => "",
        }
    }

    /// `name?`
    pub fn is_optional(&self) -> bool {
        self.arc_type == ArcType::Optional
    }

    /// `name!`, not yet given.
    pub fn is_required(&self) -> bool {
        self.arc_type == ArcType::Required
    }
}

impl Value {
    /// The fields of a struct in the order of export; none for anything else.
    pub fn fields(&self, which: Fields) -> Vec<Field> {
        let found = self.ask(|e, v| {
            if which.optional {
                e.settle()?;
            }
            let v = e.default_node(v)?;
            let v = e.deref(v);
            if e.node(v).base.as_ref().is_some_and(|b| matches!(b, Val::ListMark { .. })) {
                return Ok(Vec::new());
            }
            let mut out = Vec::new();
            for a in e.ordered_arcs(v) {
                let (label, arc_type) = (e.node(a).label, e.node(a).arc_type);
                let wanted = !label.is_let()
                    && !label.is_int()
                    && (which.hidden || !label.is_hidden())
                    && (which.definitions || !label.is_def())
                    && (arc_type <= ArcType::Required
                        || (which.optional && arc_type == ArcType::Optional));
                if wanted && let Some(s) = selector(e, label) {
                    out.push((s, a, arc_type));
                }
            }
            Ok(out)
        });
        let field = |(selector, node, arc_type)| Field { selector, value: self.at(node), arc_type };
        found.unwrap_or_default().into_iter().map(field).collect()
    }

    /// Comment lines at the declarations of this field, `//` included.
    pub fn docs(&self) -> Vec<String> {
        self.ask(|e, v| Ok(e.node_docs(v))).unwrap_or_default()
    }

    /// The body of the first attribute of that name at the declarations of this field.
    pub fn attribute(&self, name: &str) -> Option<String> {
        let texts = self.ask(|e, v| Ok(e.node_attrs(v))).unwrap_or_default();
        texts.iter().find_map(|text| {
            let body = text.strip_prefix('@')?.strip_prefix(name)?.strip_prefix('(')?;
            body.strip_suffix(')').map(str::to_owned)
        })
    }
}
