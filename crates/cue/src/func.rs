//! The border between the evaluator and functions written in Rust: the standard packages and those of a host.
//!
//! A function sees finished [`Data`]; one that must look at a schema (a validator such as `list.MatchN`, a comparator
//! such as that of `list.Sort`) declares the parameter as a schema and asks through [`Call`]. Functions are pure.

use std::sync::Arc;

use crate::data::Data;
use crate::kind::Kind;

/// Class of a failing call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CallErrorKind {
    /// Fatal: more information cannot help.
    Fatal,
    /// More information could make the call succeed.
    Incomplete,
    /// A resource limit was hit; never swallowed by a disjunction.
    Budget,
    /// A test that came out negative for good: an error where it validates, otherwise the value `false`.
    Unmet,
    /// As [`Self::Unmet`], while more information could still turn it.
    UnmetYet,
}

/// Why a call failed. The evaluator adds function name, path and position.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallError {
    /// Whether the failure is final.
    pub kind: CallErrorKind,
    /// The reason in the reference's words.
    pub message: String,
}

impl CallError {
    /// A fatal failure.
    pub fn fatal(message: impl Into<String>) -> Self {
        Self { kind: CallErrorKind::Fatal, message: message.into() }
    }

    /// A failure that more information could mend.
    pub fn incomplete(message: impl Into<String>) -> Self {
        Self { kind: CallErrorKind::Incomplete, message: message.into() }
    }

    /// A test that came out negative; `open` when more information could still turn it.
    pub fn unmet(message: impl Into<String>, open: bool) -> Self {
        let kind = if open { CallErrorKind::UnmetYet } else { CallErrorKind::Unmet };
        Self { kind, message: message.into() }
    }

    /// A result or an argument beyond the limits of the evaluation.
    pub fn budget(message: impl Into<String>) -> Self {
        Self { kind: CallErrorKind::Budget, message: message.into() }
    }
}

/// What a value must be beyond free of conflicts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Demand {
    /// Nothing.
    Nothing,
    /// Complete where it must be: required fields are present, nothing is incomplete.
    Final,
    /// Concrete; what is not is a fatal error.
    Concrete,
}

/// What a function returns.
pub type CallResult = Result<Data, CallError>;

/// One argument as the function sees it.
#[derive(Clone, Debug)]
pub enum Arg {
    /// A concrete value.
    Data(Data),
    /// A value of a schema parameter; meaningful only to the [`Call`] that came with it.
    Schema(u32),
}

/// A running call: its arguments and questions to the evaluator about schemas.
pub trait Call {
    /// The arguments, one per parameter.
    fn args(&self) -> &[Arg];
    /// Whether the call is a validator applied to a value (argument 0), not an ordinary call.
    fn is_validator(&self) -> bool;
    /// Whether `schema & value` is valid and meets the demand. `Err` carries the reason.
    fn unify(&mut self, schema: u32, value: &Data, demand: Demand) -> Result<(), CallError>;
    /// The field `name` of `schema` unified with a struct of the given fields: how comparators are asked.
    fn field_of(&mut self, schema: u32, given: &[(&str, &Data)], name: &str) -> CallResult;
    /// The schema (of an open or closed list) as its elements, each a schema; an error when it is no list.
    fn elements(&mut self, schema: u32) -> Result<Vec<u32>, CallError>;
    /// Whether two schemas are equal by their regular fields.
    fn same(&mut self, a: u32, b: u32) -> Result<bool, CallError>;
    /// Whether more information could change a schema no more: concrete scalars, and closed structs and lists of such.
    fn is_final(&self, schema: u32) -> bool;
    /// Whether a list schema may still grow.
    fn is_open_list(&mut self, schema: u32) -> bool;
    /// Number of regular members of a struct schema, and how many it can have at most where that is known.
    fn count_fields(&mut self, schema: u32) -> (usize, Option<usize>);
    /// Whether two schemas meet without error.
    fn joins(&mut self, a: u32, b: u32) -> Result<bool, CallError>;
    /// The schema as data, defaults taken; an error when it is not concrete.
    fn to_data(&mut self, schema: u32) -> CallResult;
}

/// How a parameter is evaluated before the call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Param {
    /// Concrete data whose kind meets the mask.
    Data(Kind),
    /// A list whose elements are all concrete values of a kind.
    Elems(Kind),
    /// Anything, given as a schema; its kind must meet the mask.
    Schema(Kind),
    /// A string that may be left out.
    Default(&'static str),
}

/// Functions that rearrange lists without looking at their elements, which need not be concrete.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ListFn {
    /// `Concat(lists)`
    Concat,
    /// `Drop(list, n)`
    Drop,
    /// `FlattenN(list, depth)`
    Flatten,
    /// `Repeat(list, n)`
    Repeat,
    /// `Reverse(list)`
    Reverse,
    /// `Slice(list, from, to)`
    Slice,
    /// `Sort(list, comparer)`, stable
    Sort,
    /// `Take(list, n)`
    Take,
}

/// Code of the host program.
pub type HostFn = Arc<dyn Fn(&[Data]) -> CallResult + Send + Sync>;

/// Body of a function.
#[derive(Clone)]
pub enum Body {
    /// All parameters are data.
    Data(fn(&[Data]) -> CallResult),
    /// All lists are taken as they are.
    List(ListFn),
    /// Some parameter is a schema.
    Call(fn(&mut dyn Call) -> CallResult),
    /// A function of the host program.
    Host(HostFn),
}

/// A function of a package.
#[derive(Clone)]
pub struct Function {
    /// Name inside its package, e.g. `ToUpper`.
    pub name: &'static str,
    /// Parameters in order.
    pub params: &'static [Param],
    /// Kind of the result. A function returning [`Kind::BOOL`] is also a validator with its first argument left out.
    pub result: Kind,
    /// The code.
    pub body: Body,
}

/// A package written in Rust.
pub struct Package {
    /// Import path, e.g. `encoding/json`.
    pub path: &'static str,
    /// Its functions.
    pub functions: &'static [Function],
    /// Its plain values as CUE source (fields only), e.g. `MaxInt8: 127`; empty when it has none.
    pub values: &'static str,
}

impl std::fmt::Debug for Function {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Function").field("name", &self.name).finish_non_exhaustive()
    }
}
