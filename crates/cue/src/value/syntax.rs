//! Values as trees, and trees as values.

use std::sync::Arc;

use super::{Validate, Value};
use crate::compile::{Input, compile};
use crate::context::{Context, Template};
use crate::data::Data;
use crate::error::Error;
use crate::syntax::ast::{BinaryOp, Comments, Decl, EmbedDecl, Expr, File};

impl Value {
    /// The value as a tree that stands for itself: references resolved, defaults and open lists kept,
    /// doc comments on their fields; definitions, hidden and optional fields left out.
    ///
    /// # Errors
    /// The error that the value or a part of it is.
    pub fn syntax(&self) -> Result<Expr, Error> {
        self.ask(|e, v| Ok(e.export(v)?.map_err(|b| super::render(e, &b))))?
    }

    /// Whether the value holds together as far as it is known.
    ///
    /// # Errors
    /// Everything that is wrong with it.
    pub fn validate_all(&self) -> Result<(), Error> {
        self.validate(Validate::default())
    }
}

impl Context {
    /// The meet of two trees that stand for themselves, evaluated.
    ///
    /// # Errors
    /// When a tree does not compile or a limit was reached.
    pub fn unify_syntax(&self, left: Expr, right: Expr) -> Result<Value, Error> {
        let expr = Expr::binary(BinaryOp::And, left, right);
        let embed = Decl::Embed(Box::new(EmbedDecl { expr, comments: Comments::default() }));
        let file = File { decls: vec![embed], comments: Comments::default() };
        let input = Input { name: "merge.cue".into(), text: "".into(), file: Arc::new(file) };
        let inputs = [input];
        let prog = compile(&inputs, &self.registry)
            .map_err(|errs| crate::context::complaints(&inputs, errs))?;
        Template { prog: Arc::new(prog), ctx: self.clone() }.eval().run()
    }

    /// Plain data as a value.
    ///
    /// # Errors
    /// When a limit was reached.
    pub fn data(&self, data: impl Into<Data>) -> Result<Value, Error> {
        let data: Data = data.into();
        self.eval_str("value: _")
            .map(|value| value.fill_path(&crate::path::Path::of(["value"]), data))
            .map(|value| value.lookup("value"))
    }
}
