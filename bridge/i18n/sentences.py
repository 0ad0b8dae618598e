"""Hold the sentences that the bridge itself says to people; those of errors stand in `errors`.

They are in English; `language.translated` gives them in a person's language. After a change: `make words`
(CONTRIBUTING).
"""

from bridge.i18n.language import Plural

GREETING = "Hi! Send me anything, and Qwen will answer. Our conversation carries on from one message to the next."
MENTION = "**Mention me** with your question in one message: `@{name} why is the sky blue?` `/ask` works, too."
EVERYONE = "Everyone here shares one conversation."
GUIDE_REPLY = "**Reply** to my last answer to go on from it. Reply to an older one, and a branch begins there."
GUIDE_EDIT = "**Edit** your last question, and I'll answer it anew."
GUIDE_BUTTONS = "**Buttons** below my answers: ⏹ stops one, 🔄 regenerates it, ◀ ▶ switch between its versions."
GUIDE_FILES = "**Pictures and files**: send up to five along with your question, and I'll look at them."
GUIDE_DRAW = "**Drawing**: ask me for a picture, and I'll send you one."
WORDS_TO_QWEN = "Your words go to Qwen, run by Alibaba Cloud."
WORDS_TO_SERVER = "Your words go to the server {host}, chosen by whoever runs this bot."
WORDS_TO_BOTH = "Your words go to Qwen, run by Alibaba Cloud, or to the server {host} while Qwen doesn't answer."
WORDS_NOWHERE = "Your words go nowhere: a stand-in answers here, not Qwen."

NOTHING_ASKED = "What would you like to know? Please put your question in the same message."

NO_WORDS = "I can read text, pictures and documents. Please write out your question."

VOICE = "I can't listen to voice messages yet. Please type your question."

MOVING = "I can't watch videos or GIFs yet. Please send a picture instead, or describe what you see."

LOOK = "Please look at the attached file."

UNREADABLE = "I couldn't download your attachment. Please send it again."

TOO_LARGE = "That attachment is too large: I can take up to 20 MB."

LEFT = "I was offline when you asked this, and that was a while ago. Send /retry, and I'll answer it now."

INTERRUPTED = "*Interrupted. I'll finish this answer when I'm back.*"

ENDED = "*Interrupted.*"

THINKING = "Thinking"

SEARCHING = "Searching: {query}"

SOURCES = "Sources"

PICTURE = "Picture"

LOOK_AT = "Please comment on this message."

ASK_QWEN = "Ask Qwen"

STOP = "Stop"

REGENERATE = "Regenerate"

CONTINUE = "Continue"

HELD = (
    "Qwen isn't letting me in right now. I've kept your question and will answer it as soon as whoever runs this bot "
    "has renewed its access."
)

HELD_UNCLEAR = "Qwen refused this question without saying why. I'll try again in a moment."

REFUSED_ALONE = "Qwen won't answer this question, though it answers others. Please try rewording it."

ADMIN_NEEDED = (
    "Qwen needs you: {remedy}. Use `qwen-bridge login`; there's no need to restart. Until then I'll hold on to "
    "the questions."
)

STOPPED = "Stopped."

LEFT_OUT = (
    "This conversation has grown longer than Qwen can read at once, so from now on its oldest part is left out. /new "
    "starts a fresh one."
)

MODEL_GONE = "The model chosen here is no longer available, so the default one answers from now on."

PICTURES_UNSEEN = "This model can't see pictures, so I passed on only your words. Pick another one with /model."

CUT_SHORT = "That's as much as Qwen can write in one go. Ask it to continue."

DAMAGED = "Part of this answer was unreadable, so something may be missing. /retry asks again."

UNTHOUGHT = "Qwen was asked to think first, but this model doesn't show any thinking."

LINE_FULL = Plural(
    "{count} question is already waiting here. Please ask again once it has been answered.",
    "{count} questions are already waiting here. Please ask again once they have been answered.",
)

OWN_LINE_FULL = Plural(
    "You already have {count} question waiting. Please ask again once it has been answered.",
    "You already have {count} questions waiting. Please ask again once they have been answered.",
)

NOT_ALLOWED = "Sorry, I'm not allowed to talk with you here. That's up to whoever runs this bot."

BUDGET_SPENT = "You've used up your questions for now. Please ask again in {time}."

CHAT_BUDGET_SPENT = "This chat has used up its questions for now. Please ask again in {time}."

MINUTES = "{minutes} min"

HOURS = "{hours} h"

NOT_YOURS = "Only the person who asked, or an admin, can do that."

NOT_RUNNING = "This answer has already ended."

NOT_HERE = "I no longer remember this answer."

STILL_RUNNING = "I'm still writing an answer. Please wait for it, or stop it first."

OLDER_EDITED = (
    "I only answer again when the latest question is edited. To go on from an earlier point, reply to my answer there."
)

UNKNOWN_COMMAND = "I don't know that command, so nothing was asked. /help lists the ones I know."

DID_YOU_MEAN = "I don't know that command, so nothing was asked. Did you mean /{near}?"

ADMINS_ONLY = "Only admins can change that here."

BEGUN = "Your next question starts a new conversation."

STOPPING = "Stopped."

NOTHING_RUNS = "There's nothing to stop right now."

NOTHING_ASKED_YET = "Nobody has asked anything in this conversation yet."

AGAIN = "I'm rewriting the last answer."

MODEL = "Model"

WHICH_MODEL = "The model is `{model}`. Which one would you like?"

FIND_MODEL = "There are {count} in all. To find one, type `/model` and part of its name."

MODELS_FOUND = "Found {found} of {count} models. Which one would you like?"

NO_SUCH_MODEL = "There's no model by that name. Of {count}, these are the closest."

NO_MODELS = "I can't list the models right now."

MODEL_CHOSEN = "`{model}` will answer, starting with your next question."

WEB_SEARCH = "Web search"

ON_OR_OFF = "{what}: on or off?"

SWITCHED_ON = "{what} is on."

SWITCHED_OFF = "{what} is off."

ON = "on"

OFF = "off"

SYSTEM_SET = "Got it. From your next question on, Qwen will keep to this for the whole conversation."

SYSTEM_REMOVED = "The standing instruction has been removed."

SYSTEM_TOO_LONG = "That's too long for a standing instruction: it can have up to {most} characters."

# What /status says:
INSTRUCTION = "Standing instruction"
WAITING = "Questions waiting"
IN_LINE = "{count}, and yours is number {place}"
QUOTA = "Quota"
AS_GUEST = "guest, a few questions a day"
AS_ACCOUNT = "account"
AS_API = "API account"
ANSWERS_FROM = "Answers come from"
THE_STANDIN = "a stand-in, not Qwen"
OWN_QUESTIONS = "Your questions"
CHAT_QUESTIONS = "Questions in this chat"
IN_LAST_HOUR = "{asked} of {most} in the last hour"
IN_LAST_DAY = "{asked} of {most} in the last 24 hours"
NEXT_QUESTION = "Next question"
NOW = "now"
IN_TIME = "in {time}"
LAST_TROUBLE = "Last problem"
LEARNT = "Learnt about the server"
PASSED_OVER = "Messages that I couldn't read"

EXPORTED = Plural(
    "Here's the conversation: {count} question with its answer.",
    "Here's the conversation: {count} questions with their answers.",
)

FORGET = "This deletes everything said in this conversation, here and at Qwen. Are you sure?"

FORGET_YES = "Yes, delete it"

FORGOTTEN = "The conversation has been deleted, here and at Qwen."

FORGOTTEN_HERE = (
    "The conversation has been deleted here. Qwen still has its copy: either guests can't delete there, or Qwen "
    "isn't responding."
)

MOVE = "Type `/move {code}` where you want to continue. The code works once, for the next {minutes} minutes."

TOLD_IN_PRIVATE = "I've answered in our private chat."

PRIVATE_FIRST = (
    "The answer is for your eyes only, and I can't message you in private yet. Please send me any message there "
    "first, then type this again."
)

MOVED = "The conversation continues here, right where it left off."

NO_SUCH_CODE = "That code is wrong, expired or already used. Get a new one with /move where the conversation is now."

QUOTA_SPENT = Plural(
    "Qwen's limit for today has been reached. Please ask again in about {count} hour.",
    "Qwen's limit for today has been reached. Please ask again in about {count} hours.",
)

ASK_IN_SECONDS = Plural(
    "Qwen needs a short break. Please ask again in {count} second.",
    "Qwen needs a short break. Please ask again in {count} seconds.",
)

ASK_IN_MINUTES = Plural(
    "Qwen needs a break. Please ask again in {count} minute.",
    "Qwen needs a break. Please ask again in {count} minutes.",
)

QUESTION_TOO_LONG = (
    "That's too long for one question: it's about {size} kB, and Qwen takes up to {most} kB. Please shorten it, or "
    "send it in parts."
)

FILE_EMPTY = "That file is empty."

FILE_TOO_LARGE = "That file is too large: Qwen takes up to {most} MB."

FILE_NOT_TEXT = "Right now I can only show Qwen pictures and plain text. Please paste the text itself."

FILE_UNKNOWN = (
    "I can show Qwen pictures (PNG, JPEG, GIF, WebP), PDF, Word, Excel and PowerPoint files, and plain text, but not "
    "this kind of file."
)

PICTURE_TOO_LARGE = "That picture is too large: Qwen takes pictures up to {most} MB."

TOO_MANY_FILES = "That's too many files: I can show Qwen {most} per question."

NO_MORE_FILES = "Qwen isn't taking any more files for now. Please ask without them, or send them again later."

FILE_NOT_TAKEN = "Qwen couldn't take that file just now. Please send it again in a moment."

NOT_WRITTEN = "I could not write my answer where you asked: I am not allowed to, or the place is gone."

FILES_REFUSED = "The file cannot be sent here: it is too large, or I am not allowed to attach files."

HELP = {
    "ask": "ask Qwen",
    "new": "start a new conversation; the old one is kept",
    "stop": "stop the answer being written",
    "retry": "rewrite the last answer",
    "model": "choose the model",
    "think": "let Qwen think before it answers: on or off",
    "search": "let Qwen search the web: on or off",
    "system": "give Qwen a standing instruction for this conversation",
    "status": "show the model, options, waiting questions, your budget and the last problem",
    "export": "get the conversation as Markdown and JSON",
    "forget": "delete this conversation",
    "move": "continue this conversation somewhere else",
    "help": "show how to talk with me, and the commands",
}
"""One line on each command, by its name."""

FOLLOWS = {
    "ask": "what you want to know",
    "model": "the model's name or part of it; leave it out to choose from a list",
    "think": "on or off; leave it out to be asked",
    "search": "on or off; leave it out to be asked",
    "system": "what Qwen should keep to; leave it out to remove the instruction",
    "move": "the code that /move gave you in the other chat; leave it out to get one",
}
"""A description of each command's argument, by its name, for commands that take one."""
