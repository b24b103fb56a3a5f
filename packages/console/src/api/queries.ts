import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import { api } from "./client.ts";
import { answer } from "./problem.ts";

const minuteMs = 60_000;
const firstPage: string | undefined = undefined;
const nextOf = (page: { next: string | null }): string | undefined => page.next ?? undefined;

/** A page's place in a list, left out for the first. */
function at(cursor: string | undefined): { cursor?: string } {
  return cursor === undefined ? {} : { cursor };
}

export const meQuery = queryOptions({
  queryKey: ["me"],
  queryFn: ({ signal }) => answer(api.GET("/api/v1/me", { signal })),
  staleTime: minuteMs,
});

export const modelsQuery = queryOptions({
  queryKey: ["models"],
  queryFn: ({ signal }) => answer(api.GET("/api/v1/models", { signal })),
  staleTime: minuteMs,
});

export const toolsQuery = queryOptions({
  queryKey: ["tools"],
  queryFn: ({ signal }) => answer(api.GET("/api/v1/tools", { signal })),
  staleTime: minuteMs,
});

export const agentsQuery = (organizationId: string) =>
  infiniteQueryOptions({
    queryKey: ["agents", organizationId],
    queryFn: ({ pageParam, signal }) =>
      answer(
        api.GET("/api/v1/agents", { params: { query: { organizationId, limit: 100, ...at(pageParam) } }, signal }),
      ),
    initialPageParam: firstPage,
    getNextPageParam: nextOf,
  });

export const agentQuery = (id: string) =>
  queryOptions({
    queryKey: ["agent", id],
    queryFn: ({ signal }) => answer(api.GET("/api/v1/agents/{id}", { params: { path: { id } }, signal })),
  });

export const conversationsQuery = (organizationId: string) =>
  infiniteQueryOptions({
    queryKey: ["conversations", organizationId],
    queryFn: ({ pageParam, signal }) =>
      answer(
        api.GET("/api/v1/conversations", {
          params: { query: { organizationId, limit: 40, ...at(pageParam) } },
          signal,
        }),
      ),
    initialPageParam: firstPage,
    getNextPageParam: nextOf,
  });

export const conversationQuery = (id: string) =>
  queryOptions({
    queryKey: ["conversation", id],
    queryFn: ({ signal }) => answer(api.GET("/api/v1/conversations/{id}", { params: { path: { id } }, signal })),
  });

/** Newest first. Kept up to date by the conversation's events, so it is never read again by itself. */
export const messagesQuery = (id: string) =>
  infiniteQueryOptions({
    queryKey: ["messages", id],
    queryFn: ({ pageParam, signal }) =>
      answer(
        api.GET("/api/v1/conversations/{id}/messages", {
          params: { path: { id }, query: { limit: 40, ...at(pageParam) } },
          signal,
        }),
      ),
    initialPageParam: firstPage,
    getNextPageParam: nextOf,
    staleTime: Number.POSITIVE_INFINITY,
  });

export const searchQuery = (q: string) =>
  infiniteQueryOptions({
    queryKey: ["search", q],
    queryFn: ({ pageParam, signal }) =>
      answer(api.GET("/api/v1/messages/search", { params: { query: { q, limit: 20, ...at(pageParam) } }, signal })),
    initialPageParam: firstPage,
    getNextPageParam: nextOf,
    enabled: q !== "",
  });

export const notificationsQuery = queryOptions({
  queryKey: ["notifications"],
  queryFn: ({ signal }) => answer(api.GET("/api/v1/notifications", { params: { query: { limit: 30 } }, signal })),
  refetchInterval: minuteMs,
});

export const keysQuery = infiniteQueryOptions({
  queryKey: ["keys"],
  queryFn: ({ pageParam, signal }) =>
    answer(api.GET("/api/v1/keys", { params: { query: { limit: 100, ...at(pageParam) } }, signal })),
  initialPageParam: firstPage,
  getNextPageParam: nextOf,
});

export const sessionsQuery = queryOptions({
  queryKey: ["sessions"],
  queryFn: ({ signal }) => answer(api.GET("/api/v1/me/sessions", { signal })),
});

export const membersQuery = (id: string) =>
  infiniteQueryOptions({
    queryKey: ["members", id],
    queryFn: ({ pageParam, signal }) =>
      answer(
        api.GET("/api/v1/organizations/{id}/members", {
          params: { path: { id }, query: { limit: 100, ...at(pageParam) } },
          signal,
        }),
      ),
    initialPageParam: firstPage,
    getNextPageParam: nextOf,
  });

export const organizationQuery = (id: string) =>
  queryOptions({
    queryKey: ["organization", id],
    queryFn: ({ signal }) => answer(api.GET("/api/v1/organizations/{id}", { params: { path: { id } }, signal })),
  });

export const invitationsQuery = (id: string) =>
  infiniteQueryOptions({
    queryKey: ["invitations", id],
    queryFn: ({ pageParam, signal }) =>
      answer(
        api.GET("/api/v1/organizations/{id}/invitations", {
          params: { path: { id }, query: { limit: 100, ...at(pageParam) } },
          signal,
        }),
      ),
    initialPageParam: firstPage,
    getNextPageParam: nextOf,
  });

export const invitationQuery = (code: string) =>
  queryOptions({
    queryKey: ["invitation", code],
    queryFn: ({ signal }) => answer(api.GET("/api/v1/invitations/{code}", { params: { path: { code } }, signal })),
  });
