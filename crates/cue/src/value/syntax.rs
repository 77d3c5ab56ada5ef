//! Values as trees, and trees as values.

use std::sync::Arc;

use super::{Validate, Value};
use crate::compile::{Input, compile};
use crate::context::{Context, Template};
use crate::data::Data;
use crate::error::Error;
use crate::eval::view::Imports;
use crate::syntax::ast::{
    BasicLit, BinaryOp, Comments, Decl, EmbedDecl, Expr, File, Ident, ImportDecl, ImportSpec,
    LitKind,
};
use crate::syntax::{Pos, Rel};
use crate::view::View;

impl Value {
    /// The value as a tree that stands for itself: references resolved, defaults and open lists kept,
    /// doc comments on their fields; definitions, hidden and optional fields left out.
    ///
    /// # Errors
    /// The error that the value or a part of it is.
    pub fn syntax(&self) -> Result<Expr, Error> {
        self.ask(|e, v| Ok(e.export(v)?.map_err(|b| super::render(e, &b))))?
    }

    /// The value as a file of CUE, as far as `view` shows it. What is not known yet is shown as it is written.
    ///
    /// # Errors
    /// When a limit was reached.
    pub fn view(&self, view: View) -> Result<File, Error> {
        let (tree, packages) = self.ask_all(|e, v| e.view(v, view))?;
        Ok(file(tree, packages))
    }

    /// The value as it is defined, as a file: literals of one field joined to one, plain values computed, everything
    /// else as written. Of `view` attributes and doc comments are heeded.
    ///
    /// # Errors
    /// When a limit was reached.
    pub fn definition(&self, view: View) -> Result<File, Error> {
        let (tree, packages) = self.ask_all(|e, v| e.definition(v, view))?;
        Ok(file(tree, packages))
    }

    /// Whether the value holds together as far as it is known.
    ///
    /// # Errors
    /// Everything that is wrong with it.
    pub fn validate_all(&self) -> Result<(), Error> {
        self.validate(Validate::default())
    }
}

/// A file that is a value.
fn file(tree: Expr, packages: Imports) -> File {
    let mut decls = imports(packages);
    match tree {
        Expr::Struct(x) => decls.extend(x.elts),
        expr => {
            let comments = Comments::default();
            decls.push(Decl::Embed(Box::new(EmbedDecl { expr, comments })));
        }
    }
    File { decls, comments: Comments::default() }
}

/// The declaration that imports packages, if there are any.
fn imports(packages: Imports) -> Vec<Decl> {
    if packages.is_empty() {
        return Vec::new();
    }
    let spec = |(path, own): (&String, &Option<String>)| ImportSpec {
        name: own.as_deref().map(Ident::new),
        path: BasicLit::new(LitKind::String, crate::label_text::text_literal(path, None)),
        comments: Comments::default(),
    };
    let several = packages.len() > 1;
    vec![Decl::Import(Box::new(ImportDecl {
        pos: Pos::NONE,
        lparen: if several { Pos::relative(Rel::NoSpace) } else { Pos::NONE },
        specs: packages.iter().map(spec).collect(),
        rparen: if several { Pos::relative(Rel::Newline) } else { Pos::NONE },
        comments: Comments::default(),
    }))]
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
        Template::new(prog, self.clone()).eval().run()
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
