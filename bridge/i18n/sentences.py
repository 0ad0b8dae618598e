"""Hold the sentences that the bridge itself says to people; those of errors stand in `errors`.

They are in English; `language.translated` gives them in a person's language. After a change: `make words`
(CONTRIBUTING).
"""

from bridge.i18n.language import Plural

GREETING = "Hello! Write me anything, and Qwen answers. Our conversation goes on from message to message."

GREETING_ALL = "Ask me with /ask, or reply to one of my answers: everybody here shares one conversation."

NOTHING_ASKED = "What would you like to ask? Please write your question in the same message."

NO_WORDS = "I can read text, pictures and documents. Please write your question in words."

VOICE = "I cannot listen to voice messages yet. Please write your question."

MOVING = "I cannot watch videos or GIFs yet. Please send a picture of what you mean, or describe it."

LOOK = "Please look at the attached file."

UNREADABLE = "I could not fetch what you attached. Please send it again."

TOO_LARGE = "What you attached is too large: I can take up to 20 MB."

LEFT = "I was away when this was asked, and that is a while ago. With /retry I answer it now."

INTERRUPTED = "*Interrupted. The answer follows when I am back.*"

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
    "Qwen does not let me in at the moment. I keep your question, and answer it as soon as the operator of this bot "
    "has renewed its access."
)

HELD_UNCLEAR = "Qwen has refused this question and does not say why. I ask it again in a moment."

REFUSED_ALONE = "Qwen refuses this question, while it answers others. Please put it differently."

ADMIN_NEEDED = (
    "Qwen needs you: {remedy}. `qwen-bridge login` takes it, no restart is needed. Until then I keep the questions."
)

STOPPED = "Stopped."

LEFT_OUT = (
    "This conversation is longer than Qwen can read at once: from now on its oldest part is left out. "
    "/new begins a new one."
)

MODEL_GONE = "The model that was chosen here is not offered any more: the usual one answers from now on."

PICTURES_UNSEEN = "This model sees no pictures: I asked it your words alone. /model chooses another one."

CUT_SHORT = "This is as much as Qwen writes at once. Ask it to go on."

DAMAGED = "Part of this answer could not be read: something may be missing. /retry asks again."

UNTHOUGHT = "Qwen was to think before it answers, but this model shows no thinking."

LINE_FULL = Plural(
    "{count} question waits here already. Please ask again when it is answered.",
    "{count} questions wait here already. Please ask again when they are answered.",
)

NOT_ALLOWED = "The operator of this bot does not let it talk with you here."

BUDGET_SPENT = "You have asked as many questions as you may for now. Please ask again in {time}."

CHAT_BUDGET_SPENT = "As many questions were asked here as may be for now. Please ask again in {time}."

MINUTES = "{minutes} min"

HOURS = "{hours} h"

NOT_YOURS = "Only the person who asked, and admins, may do that."

NOT_RUNNING = "This answer is not being written any more."

NOT_HERE = "I do not know this answer any more."

STILL_RUNNING = "An answer is still being written. Please wait for it, or stop it."

OLDER_EDITED = "I only answer anew when the last question is edited. Reply to one of my answers to go on from there."

UNKNOWN_COMMAND = "There is no such command, so nothing was asked. /help shows those that there are."

DID_YOU_MEAN = "There is no such command, so nothing was asked. Did you mean /{near}?"

ADMINS_ONLY = "Here only admins may change that."

BEGUN = "A new conversation begins with your next question."

STOPPING = "Stopped."

NOTHING_RUNS = "Nothing is being written at the moment."

NOTHING_ASKED_YET = "Nothing has been asked in this conversation yet."

AGAIN = "The last answer is written anew."

MODEL = "Model"

WHICH_MODEL = "The model is `{model}`. Which one do you want?"

FIND_MODEL = "There are {count}: `/model` and a part of the name finds one."

MODELS_FOUND = "Found: {found} of {count} models. Which one do you want?"

NO_SUCH_MODEL = "There is no such model. Of {count}, these come closest."

NO_MODELS = "The models cannot be listed just now."

MODEL_CHOSEN = "From your next question on `{model}` answers."

WEB_SEARCH = "Web search"

ON_OR_OFF = "{what}: on or off?"

SWITCHED_ON = "{what} is on."

SWITCHED_OFF = "{what} is off."

ON = "on"

OFF = "off"

SYSTEM_SET = "I pass that on to Qwen with your next question, for the whole conversation."

SYSTEM_REMOVED = "There is no standing instruction any more."

SYSTEM_TOO_LONG = "That is too long for a standing instruction: at most {most} characters."

INSTRUCTION = "Standing instruction"

WAITING = "Questions that wait"

IN_LINE = "{count}; yours is number {place}"

QUOTA = "Quota"

AS_GUEST = "that of a guest: a few questions a day"

AS_ACCOUNT = "that of an account"

AS_API = "that of the API's account"

ANSWERS_FROM = "Answers come from"

THE_API = "the API"

LAST_TROUBLE = "Last trouble"

LEARNT = "Learnt of the server"

EXPORTED = Plural(
    "Here is the conversation: {count} question and its answer.",
    "Here is the conversation: {count} questions and their answers.",
)

FORGET = "Everything that was said in this conversation is deleted, here and at Qwen. Are you sure?"

FORGET_YES = "Yes, delete it"

FORGOTTEN = "The conversation is deleted, here and at Qwen."

FORGOTTEN_HERE = (
    "The conversation is deleted here. Qwen keeps its copy: guests cannot delete there, or it does not answer."
)

MOVE = "Type `/move {code}` where you want to go on. The code is good for {minutes} minutes, once."

TOLD_IN_PRIVATE = "The answer is in our private chat."

PRIVATE_FIRST = (
    "That is for the one who asked alone, and I may not write there yet: please send me any message in private first, "
    "and then type this again."
)

MOVED = "Here we go on with the conversation from over there."

NO_SUCH_CODE = "This code is wrong, too old, or used already. /move gives you a new one where the conversation is."

QUOTA_SPENT = Plural(
    "Qwen's limit for today is used up. Please ask again in about {count} hour.",
    "Qwen's limit for today is used up. Please ask again in about {count} hours.",
)

ASK_IN_SECONDS = Plural(
    "Qwen asks for a pause. Please ask again in {count} second.",
    "Qwen asks for a pause. Please ask again in {count} seconds.",
)

ASK_IN_MINUTES = Plural(
    "Qwen asks for a pause. Please ask again in {count} minute.",
    "Qwen asks for a pause. Please ask again in {count} minutes.",
)

QUESTION_TOO_LONG = (
    "That is too long for one question: about {size} kB, and Qwen takes {most} kB. "
    "Please shorten it, or send it in parts."
)

FILE_EMPTY = "That file is empty."

FILE_TOO_LARGE = "That file is too large: Qwen takes up to {most} MB."

FILE_NOT_TEXT = "Just now I can show Qwen pictures and plain text only. Please paste the words themselves."

FILE_UNKNOWN = (
    "I can show Qwen pictures (PNG, JPEG, GIF, WebP), PDF, Word, Excel and PowerPoint files, and plain text. "
    "That file is none of these."
)

PICTURE_TOO_LARGE = "That picture is too large: Qwen takes pictures of up to {most} MB."

TOO_MANY_FILES = "Those are too many files: I can show Qwen {most} with one question."

NO_MORE_FILES = "Qwen takes no more files for now. Please ask without them, or send them again later."

FILE_NOT_TAKEN = "Qwen could not take the file just now. Please send it again in a moment."

NOT_WRITTEN = "I could not write my answer where you asked: I am not allowed to, or the place is gone."

FILES_REFUSED = "The file cannot be sent here: it is too large, or I am not allowed to attach files."

HELP = {
    "ask": "ask Qwen",
    "new": "begin a new conversation; the old one is kept",
    "stop": "stop the answer that is being written",
    "retry": "write the last answer anew",
    "model": "choose the model",
    "think": "let Qwen think before it answers: on or off",
    "search": "let Qwen search the web: on or off",
    "system": "give a standing instruction for this conversation",
    "status": "show the model, the options, what waits and what went wrong",
    "export": "get the conversation as Markdown and JSON",
    "forget": "delete the conversation",
    "move": "go on with this conversation elsewhere",
    "help": "show the commands",
}
"""One line on each command, by its name."""

FOLLOWS = {
    "ask": "what you want to know",
    "model": "the model's name or a part of it; without it you are asked",
    "think": "on or off; without it you are asked",
    "search": "on or off; without it you are asked",
    "system": "what Qwen should keep to; leave it out to remove the instruction",
    "move": "the code that /move gave you where the conversation is; without it you get one",
}
"""A description of each command's argument, by its name, for commands that take one."""
