//! What the tasks of a node do.

use super::node::*;
use super::sched::{FIELD_SET, Flags, RunMode, SCALAR, SCALAR_VALUE};
use super::val::*;
use super::{Eval, R};
use crate::ir::Decl;

impl Eval {
    pub(super) fn task_body(&mut self, t: TaskId, mode: RunMode) -> R<()> {
        match self.tasks[t.at()].kind {
            TaskKind::Expr => self.task_expr(t, mode),
            TaskKind::Resolver => self.task_resolver(t, mode),
            TaskKind::Dynamic => self.task_dynamic(t, mode),
            TaskKind::Pattern => self.task_pattern(t),
            TaskKind::Comprehension => self.task_comprehension(t),
            TaskKind::ListLit => self.task_list_lit(t),
            TaskKind::ListNode => self.task_list_node(t),
            TaskKind::Disjunctions => self.task_disjunctions(t),
        }
    }

    fn task_expr(&mut self, t: TaskId, mode: RunMode) -> R<()> {
        let task = &self.tasks[t.at()];
        let (node, env) = (task.node, task.env);
        let Elem::Expr(x) = task.x else { return Ok(()) };
        let (v, ci) = self.eval_ci(x, Flags::new(SCALAR, mode))?;
        if ci.cycle == CycleType::Cyclic && self.node(node).is_pattern {
            return Ok(());
        }
        match v {
            Some(v) => self.insert_value(node, env, v, ci),
            None => Ok(()),
        }
    }

    fn task_resolver(&mut self, t: TaskId, mode: RunMode) -> R<()> {
        let task = &self.tasks[t.at()];
        let (node, env) = (task.node, task.env);
        let Elem::Expr(x) = task.x else { return Ok(()) };
        let Some(arc) = self.resolve(x, Flags::new(FIELD_SET, mode))? else { return Ok(()) };
        if arc == self.empty {
            return Ok(());
        }
        let arc = self.deref_non_disjunct(arc);
        let d = self.deref_disjunct(arc);
        let (ci, skip) = self.detect_cycle(node, d, env, x, self.ci);
        if skip {
            return self.unshare(node);
        }
        if self.tasks[t.at()].defunct {
            return Ok(());
        }
        if let Some(Val::Bottom(b)) = &self.node(d).base
            && b.code == Code::Structural
        {
            self.add_bottom(b.clone());
            return Ok(());
        }
        let c = Conj { env, elem: Elem::Expr(x), ci };
        self.schedule_vertex(node, c, arc, ci)
    }

    fn task_dynamic(&mut self, t: TaskId, mode: RunMode) -> R<()> {
        let task = &self.tasks[t.at()];
        let (node, env, ci, x) = (task.node, task.env, task.ci, task.x.clone());
        let Elem::Decl(d) = x else { return Ok(()) };
        let Decl::Dynamic { arc, key, .. } = self.prog.decl(d) else { return Ok(()) };
        let Some(v) = self.eval_value(key, Flags::new(SCALAR_VALUE, mode))? else { return Ok(()) };
        if v.as_bottom().is_none() && !self.is_concrete(&v) {
            let fmt = "key value of dynamic field must be concrete, found {}";
            let b = self.err(Code::Incomplete, fmt, [Arg::Val(v)]);
            self.add_bottom_to(node, Some(b));
            return Ok(());
        }
        let Some(label) = self.label_of(key, &v) else { return Ok(()) };
        if label.is_int() {
            self.add_err_to(node, "integer fields not supported", []);
            return Ok(());
        }
        self.insert_arc(node, label, arc, Conj { env, elem: x, ci }, ci, true).map(drop)
    }

    fn task_pattern(&mut self, t: TaskId) -> R<()> {
        let task = &self.tasks[t.at()];
        let (node, env, ci, x) = (task.node, task.env, task.ci, task.x.clone());
        let Elem::Decl(d) = x else { return Ok(()) };
        let Decl::Pattern { filter, .. } = self.prog.decl(d) else { return Ok(()) };
        match self.eval(filter, Flags::new(SCALAR_VALUE, RunMode::Yield))? {
            Some(v) => self.insert_pattern(node, v, Conj { env, elem: x, ci }),
            None => Ok(()),
        }
    }

    fn task_comprehension(&mut self, t: TaskId) -> R<()> {
        if let Some(err) = self.process_comprehension(t)? {
            let task = &mut self.tasks[t.at()];
            task.err = combine(task.err.take(), Some(err.clone()));
            let home = self.cells[task.cell.at()].node;
            self.add_bottom_to(home, Some(err));
        }
        Ok(())
    }

    fn task_disjunctions(&mut self, t: TaskId) -> R<()> {
        let node = self.tasks[t.at()].node;
        let err = self.process_disjunctions(node)?;
        let task = &mut self.tasks[t.at()];
        task.err = combine(task.err.take(), err);
        Ok(())
    }
}
