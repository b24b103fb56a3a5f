import { useState } from "react";
import { type Problem, problemOf } from "../api/problem.ts";

export interface Submit<A extends readonly unknown[]> {
  readonly busy: boolean;
  /** Why it failed the last time. */
  readonly problem: Problem | undefined;
  /** Resolves to whether it succeeded. */
  readonly submit: (...args: A) => Promise<boolean>;
}

/** An action that a form takes, and how it stands. */
export function useSubmit<A extends readonly unknown[]>(action: (...args: A) => Promise<unknown>): Submit<A> {
  const [state, setState] = useState<{ busy: boolean; problem: Problem | undefined }>(idle);
  const submit = async (...args: A) => {
    setState({ busy: true, problem: undefined });
    try {
      await action(...args);
      setState(idle);
      return true;
    } catch (error) {
      setState({ busy: false, problem: problemOf(error) });
      return false;
    }
  };
  return { ...state, submit };
}

const idle = { busy: false, problem: undefined };
