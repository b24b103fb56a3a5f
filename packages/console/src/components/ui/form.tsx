import type { ReactNode } from "react";
import type { Problem } from "../../api/problem.ts";
import { cn } from "../../lib/cn.ts";
import { Notice } from "../notice.tsx";

interface FormProps {
  readonly onSubmit: () => unknown;
  readonly children: ReactNode;
  readonly className?: string;
}

/** The server alone says what is wrong, so that it is said the same everywhere. */
export function Form({ onSubmit, children, className }: FormProps) {
  return (
    <form
      noValidate
      className={cn("flex flex-col gap-5", className)}
      onSubmit={(event) => {
        event.preventDefault();
        onSubmit();
      }}
    >
      {children}
    </form>
  );
}

interface FormProblemProps {
  readonly problem: Problem | undefined;
  /** What to say if it was changed elsewhere meanwhile. */
  readonly conflict?: string;
}

/** Why a form was refused, where no field of it says so. */
export function FormProblem({ problem, conflict }: FormProblemProps) {
  if (problem === undefined || problem.faults.length > 0) return null;
  return (
    <div role="alert">
      <Notice tone="danger">
        {problem.code === "precondition_failed" ? (conflict ?? problem.message) : problem.message}
      </Notice>
    </div>
  );
}
