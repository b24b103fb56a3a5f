import type { Requirement } from "../requirement.ts";

export const domainRequirements: readonly Requirement[] = [
  {
    id: "tenancy.foreign",
    source: "DESIGN, issue 3 part 4",
    behaviour: "What belongs to others is a 404 on every route that names it, for reading and for writing.",
  },
  {
    id: "tenancy.anonymous",
    source: "issue 3 part 5",
    behaviour: "Every route that is not meant for the public answers 401 to nobody.",
  },
  {
    id: "tenancy.search",
    source: "issue 3 part 4",
    behaviour: "Search finds only messages of conversations that the caller takes part in.",
  },
  {
    id: "tenancy.leaving",
    source: "issue 3 part 4",
    behaviour: "Who is removed from an organization loses its conversations at once, open streams included.",
  },
  {
    id: "invitations.once",
    source: "issue 3 part 4",
    behaviour: "An invitation is accepted once, however many try at the same time, together with the membership.",
  },
  {
    id: "invitations.expiry",
    source: "issue 3 part 4",
    behaviour: "An invitation that is past its time or revoked cannot be accepted.",
  },
  {
    id: "invitations.inviter",
    source: "issue 3 part 4",
    behaviour:
      "An invitation holds as long as whoever sent it may invite: who is removed cannot come back by their own.",
  },
  {
    id: "members.last-owner",
    source: "issue 3 part 4",
    behaviour: "An organization always has an owner: the last one can neither leave nor become less.",
  },
  {
    id: "members.roles",
    source: "issue 3 part 4",
    behaviour: "Members may not do what admins may, nor admins what owners may.",
  },
  {
    id: "organizations.delete",
    source: "issue 3 part 4",
    behaviour: "Deleting an organization deletes all it holds, and only an owner who is alone in it may.",
  },
  {
    id: "organizations.delete-race",
    source: "issue 3 part 4",
    behaviour:
      "Who accepts an invitation while the organization is deleted joins it or not: nobody joins what is gone.",
  },
  {
    id: "organizations.many",
    source: "issue 3 part 4",
    behaviour: "Whoever belongs to many organizations, or lists many members, gets them page by page like few.",
  },
  {
    id: "agents.life",
    source: "issue 3 part 4",
    behaviour: "Agents and skills are made, listed, changed under If-Match and deleted; what names nothing is refused.",
  },
  {
    id: "conversations.participants",
    source: "issue 3 part 4",
    behaviour: "Users and agents are added to and removed from a conversation; who is removed sees it no more.",
  },
  {
    id: "conversations.delete",
    source: "issue 3 part 4",
    behaviour: "Deleting a conversation deletes its messages, from search too, and ends the reply under way.",
  },
  {
    id: "conversations.delete-race",
    source: "issue 3 part 4",
    behaviour:
      "A message that races with the deletion of its conversation is deleted with it or refused: nothing remains.",
  },
  {
    id: "conversations.largest",
    source: "issue 3 part 4",
    behaviour:
      "A conversation of as many participants as may be is begun in one write, repeatable too; one more is refused.",
  },
  {
    id: "messages.sequence",
    source: "issue 3 part 6",
    behaviour: "Messages of a conversation are numbered without gaps or repeats, however many write at once.",
  },
  {
    id: "messages.paging",
    source: "issue 3 part 5",
    behaviour: "Messages page newest first and oldest first, forth and back, while others write.",
  },
  {
    id: "messages.search",
    source: "issue 3 part 5",
    behaviour: "Search finds messages by all their words, case and accents aside, with highlights that fit the text.",
  },
  {
    id: "keys.life",
    source: "issue 3 part 4",
    behaviour:
      "An API key is shown once, kept as a hash, limited to its scopes, notes its use, expires, and is revoked at once.",
  },
  {
    id: "keys.no-more-than-own",
    source: "issue 3 part 4",
    behaviour: "A key cannot make a key that may more than itself.",
  },
  {
    id: "settings.life",
    source: "issue 3 part 4",
    behaviour: "A user's settings are put, listed and deleted, and seen by nobody else.",
  },
  {
    id: "notifications.life",
    source: "issue 3 part 4",
    behaviour: "Users are told of what concerns them, and mark it as read.",
  },
  {
    id: "audit.trail",
    source: "issue 3 part 4",
    behaviour: "Who did what is recorded with the deed, and read by admins only.",
  },
  {
    id: "sign-in.link",
    source: "issue 3",
    behaviour: "A sign-in link signs in once; spent, expired or wrong it says so kindly; a prefetch does not spend it.",
  },
  {
    id: "sign-in.sessions",
    source: "issue 3 part 4",
    behaviour: "Sessions are listed and ended one by one; what is ended stops working at once.",
  },
  {
    id: "turns.reply",
    source: "DESIGN, a turn",
    behaviour: "An agent that takes part replies to a message; its tools run and are shown.",
  },
  {
    id: "turns.bids",
    source: "DESIGN, a turn",
    behaviour: "Of several agents the one addressed speaks, else the one who spoke last, else the first.",
  },
  {
    id: "turns.cancel",
    source: "issue 3 part 6",
    behaviour: "Cancelling stops the model call and keeps what had arrived, marked as cancelled.",
  },
  {
    id: "turns.failure",
    source: "issue 3 part 7",
    behaviour: "A model that fails is a failed message that says what to do; retrying appends a new reply.",
  },
  {
    id: "turns.provider",
    source: "issue 3 part 7",
    behaviour:
      "A provider's stream, cut, overload, refusal and cancellation reach the conversation through the whole server.",
  },
  {
    id: "turns.order",
    source: "DESIGN, a turn",
    behaviour: "Messages sent while a reply is under way are answered one after another, each once.",
  },
  {
    id: "turns.limits",
    source: "issue 3 part 5",
    behaviour: "A user with too many replies under way is refused before the message is stored.",
  },
  {
    id: "turns.late",
    source: "DESIGN, a turn",
    behaviour: "A message is answered however many were stored after it.",
  },
  {
    id: "turns.store-failure",
    source: "DESIGN, a turn",
    behaviour:
      "A store that fails during a reply leaves nobody waiting: once it is back, the reply is failed and can be retried.",
  },
  {
    id: "turns.hung-tool",
    source: "issue 3 part 7",
    behaviour: "A tool that cares neither for its time limit nor for cancelling does not hold up the turn.",
  },
  {
    id: "turns.storable",
    source: "issue 3 part 7",
    behaviour: "What no store can hold of a reply, its tools included, is left out, and the rest is kept.",
  },
  {
    id: "turns.attachments",
    source: "issue 4, Blobs",
    behaviour: "An agent's model is told of attached files by name, type and size, and what short text files say.",
  },
  {
    id: "turns.recovery",
    source: "issue 3",
    behaviour: "A turn that a crash cut off is marked as failed at the next start, says so, and can be retried.",
  },
  {
    id: "turns.recovery-done",
    source: "issue 3",
    behaviour: "A turn whose reply was stored before the crash is not marked as failed.",
  },
  {
    id: "turns.shutdown",
    source: "DESIGN, how it runs",
    behaviour: "Stopping the server lets replies end for a while, then marks them as interrupted.",
  },
  {
    id: "events.order",
    source: "issue 3 part 6",
    behaviour: "Events are numbered and rise; the pieces of a reply add up to the message that is stored.",
  },
  {
    id: "events.resume",
    source: "issue 3 part 6",
    behaviour: "A reader who reconnects with the last id gets what it missed: nothing lost, nothing twice.",
  },
  {
    id: "events.resume-restart",
    source: "issue 3 part 6",
    behaviour: "A reader who reconnects after a restart gets the messages it missed.",
  },
  {
    id: "events.others",
    source: "issue 4",
    behaviour:
      "Where several servers share a store, who listens to one of them hears of the messages that the others store within seconds, in order, and misses none of them when it reconnects to another server.",
  },
  {
    id: "events.snapshot",
    source: "issue 3 part 6",
    behaviour: "Who joins in the middle of a reply gets what was said so far.",
  },
  {
    id: "events.slow",
    source: "issue 3 part 6",
    behaviour: "A reader who does not read is cut off, and does not grow the server's memory.",
  },
  {
    id: "events.joining",
    source: "issue 3 part 6",
    behaviour:
      "Who is replayed to while the hub forgets idle conversations still hears what comes; who lost access meanwhile does not.",
  },
  {
    id: "events.memory",
    source: "issue 3 part 6",
    behaviour: "What is kept of events is bounded over all conversations together, and forgetting it loses nothing.",
  },
  {
    id: "events.encode-once",
    source: "issue 3 part 6",
    behaviour: "An event is encoded once for all its listeners.",
  },
  {
    id: "events.coalesce",
    source: "issue 3 part 6",
    behaviour: "Pieces of text that arrive within 25 ms go out together; the first goes at once.",
  },
  {
    id: "events.bad-id",
    source: "issue 3, bad input",
    behaviour: "A Last-Event-ID that is none is refused with what one looks like.",
  },
  {
    id: "sockets.ticket",
    source: "issue 3 part 6",
    behaviour: "A ticket opens one WebSocket once; without one, or with a spent one, the upgrade is refused.",
  },
  {
    id: "sockets.events",
    source: "issue 3 part 6",
    behaviour: "A WebSocket tells the same events under the same ids as the stream, for many conversations at once.",
  },
  {
    id: "sockets.access",
    source: "issue 3 part 6",
    behaviour:
      "A WebSocket tells nothing of conversations its user does not take part in, and answers nonsense clearly.",
  },
  {
    id: "sockets.twice",
    source: "issue 3 part 6",
    behaviour: "Subscribing twice at once tells everything once, and leaves nothing behind.",
  },
  {
    id: "sockets.ended",
    source: "issue 3 part 6",
    behaviour: "A ticket of a session that has ended opens no WebSocket.",
  },
  {
    id: "sockets.limits",
    source: "issue 3 part 5",
    behaviour: "A user has only so many WebSockets open, and a server that closes waits for none that is silent.",
  },
  {
    id: "turns.lease.takeover",
    source: "DESIGN, How it runs",
    behaviour:
      "Servers that share a store each hold a lease; when one's has ended and its grace is over, another marks what waited for it as failed, and says so to listeners.",
  },
  {
    id: "turns.lease.once",
    source: "DESIGN, How it runs",
    behaviour: "However many servers find another one gone, what it left is settled once.",
  },
  {
    id: "turns.lease.fenced",
    source: "DESIGN, How it runs",
    behaviour:
      "A server that was suspended past its lease stores no reply to what others have settled, and goes on under a new lease.",
  },
  {
    id: "turns.lease.retried",
    source: "DESIGN, How it runs",
    behaviour: "A message that is retried long after it was written is found when its server is gone, too.",
  },
  {
    id: "turns.lease.closed",
    source: "DESIGN, How it runs",
    behaviour: "A server that stops in good order leaves nothing for others to settle.",
  },
  {
    id: "turns.lease.deleted",
    source: "issue 4",
    behaviour:
      "A reply that lands in a conversation which another server has deleted meanwhile is removed, at no cost to other replies.",
  },
];
