//! Reading values: scalars, lists, data, JSON.

use std::sync::Arc;

use super::Value;
use crate::data::Data;
use crate::error::Error;
use crate::eval::val::{Bottom, Val};
use crate::eval::{Eval, R};
use crate::num::Num;

impl Value {
    /// The scalar behind the value, its default taken.
    fn scalar(&self) -> Option<Val> {
        let scalar = self.ask(|e, v| {
            let v = e.default_node(v)?;
            Ok(e.unwrap(&Val::Node(v)))
        });
        scalar.ok().flatten()
    }

    /// The text of a string.
    pub fn as_str(&self) -> Option<String> {
        match self.scalar()? {
            Val::Str(s) => Some(s.to_string()),
            _ => None,
        }
    }

    /// The octets of bytes.
    pub fn as_bytes(&self) -> Option<Vec<u8>> {
        match self.scalar()? {
            Val::Bytes(b) => Some(b.to_vec()),
            _ => None,
        }
    }

    /// A truth value.
    pub fn as_bool(&self) -> Option<bool> {
        match self.scalar()? {
            Val::Bool(b) => Some(b),
            _ => None,
        }
    }

    /// A number.
    pub fn as_number(&self) -> Option<Num> {
        match self.scalar()? {
            Val::Num(n) => Some(n),
            _ => None,
        }
    }

    /// A whole number of 64 bits.
    pub fn as_i64(&self) -> Option<i64> {
        self.as_number()?.to_i64()
    }

    /// A number as floating point.
    pub fn as_f64(&self) -> Option<f64> {
        self.as_number().map(|n| n.to_f64())
    }

    /// Whether the value is `null`.
    pub fn is_null(&self) -> bool {
        matches!(self.scalar(), Some(Val::Null))
    }

    /// The elements of a list; None when it is none.
    pub fn list(&self) -> Option<Vec<Value>> {
        let elems = self.ask(|e, v| {
            let v = e.default_node(v)?;
            let v = e.deref(v);
            Ok(e.is_list(v).then(|| e.elems(v)))
        });
        Some(elems.ok()??.into_iter().map(|n| self.at(n)).collect())
    }

    /// Number of elements of a list or of regular fields of a struct.
    pub fn len(&self) -> usize {
        self.list().map_or_else(|| self.fields(super::Fields::regular()).len(), |l| l.len())
    }

    /// Whether [`Self::len`] is zero.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The value in another form, or the error that stands in the way, told with all optional fields known.
    fn give<T>(
        &self,
        form: impl FnOnce(&mut Eval, &Val) -> R<Result<T, Arc<Bottom>>>,
    ) -> Result<T, Error> {
        self.ask(|e, v| match form(e, &Val::Node(v))? {
            Ok(given) => Ok(Ok(given)),
            Err(b) => {
                e.settle()?;
                Ok(Err(super::render(e, &b)))
            }
        })?
    }

    /// The value as data, defaults taken, fields in the order of export.
    ///
    /// # Errors
    /// The first error or open value that stands in the way.
    pub fn to_data(&self) -> Result<Data, Error> {
        self.give(Eval::data_of)
    }

    /// Compact JSON, byte for byte as the reference writes it.
    ///
    /// # Errors
    /// As [`Self::to_data`].
    pub fn to_json(&self) -> Result<String, Error> {
        self.give(Eval::json_of)
    }

    /// One YAML document, byte for byte as the reference writes it.
    ///
    /// # Errors
    /// As [`Self::to_data`].
    pub fn to_yaml(&self) -> Result<String, Error> {
        self.to_data().map(|d| d.to_yaml())
    }

    /// The value as a `serde_json` value.
    ///
    /// # Errors
    /// As [`Self::to_data`].
    pub fn to_serde(&self) -> Result<serde_json::Value, Error> {
        self.to_data().map(|d| d.to_serde())
    }
}
