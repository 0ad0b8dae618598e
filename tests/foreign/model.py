"""Writes a tiny Qwen, its weights drawn by lot, which says common words: `python model.py FILE`."""

import sys

import numpy as np
from gguf import GGUFWriter, TokenType

COMMON = (
    "the of and a to in is you that it he was for on are as with his they at be this have from or one had by but not "
    "what all were we when your can said there use an each which she do how their if will up other about out many then "
    "them these so some her would make like him into time has look two more write go see number no way could people"
)
WORDS = tuple(COMMON.split())

CONTROL, BYTES, SIGNS = ["<unk>", "<|im_start|>", "<|im_end|>"], 256, ["▁", "\n", "user", "assistant", "system"]
WIDTH, INNER, LAYERS, HEADS = 64, 128, 2, 4
CONTEXT = 12_288

TEMPLATE = (
    "{% for m in messages %}<|im_start|>{{ m['role'] }}\n{{ m['content'] }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)


def write(path: str) -> None:
    """Write the model."""
    writer = GGUFWriter(path, "qwen2")
    tokens = [*CONTROL, *(f"<0x{byte:02X}>" for byte in range(BYTES)), *(f"▁{word}" for word in WORDS), *SIGNS]
    _describe(writer, tokens)
    _weigh(writer, len(tokens))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def _describe(writer: GGUFWriter, tokens: list[str]) -> None:
    kinds = [TokenType.UNKNOWN, TokenType.CONTROL, TokenType.CONTROL, *[TokenType.BYTE] * BYTES]
    writer.add_name("tiny-qwen")
    writer.add_context_length(CONTEXT)
    writer.add_embedding_length(WIDTH)
    writer.add_block_count(LAYERS)
    writer.add_feed_forward_length(INNER)
    writer.add_head_count(HEADS)
    writer.add_head_count_kv(HEADS)
    writer.add_layer_norm_rms_eps(1e-6)
    writer.add_rope_freq_base(10_000.0)
    writer.add_tokenizer_model("llama")
    writer.add_token_list(tokens)
    writer.add_token_scores([0.0] * len(tokens))
    writer.add_token_types([*kinds, *[TokenType.NORMAL] * (len(tokens) - len(kinds))])
    writer.add_bos_token_id(1)
    writer.add_eos_token_id(2)
    writer.add_unk_token_id(0)
    writer.add_add_bos_token(False)
    writer.add_chat_template(TEMPLATE)


def _weigh(writer: GGUFWriter, tokens: int) -> None:
    lot = np.random.default_rng(7)

    def drawn(*shape: int, scale: float = 0.08) -> "np.ndarray[tuple[int, ...], np.dtype[np.float32]]":
        return (lot.standard_normal(shape) * scale).astype(np.float32)

    ones, zeros = np.ones(WIDTH, np.float32), np.zeros(WIDTH, np.float32)
    said = drawn(tokens, WIDTH, scale=0.3)
    said[: len(CONTROL) + BYTES] = 0  # nothing but words, and now and then an end
    said[2] = drawn(WIDTH, scale=0.28)
    writer.add_tensor("token_embd.weight", drawn(tokens, WIDTH, scale=1.0))
    writer.add_tensor("output_norm.weight", ones)
    writer.add_tensor("output.weight", said)
    for layer in range(LAYERS):
        for norm in ("attn_norm", "ffn_norm"):
            writer.add_tensor(f"blk.{layer}.{norm}.weight", ones)
        for part in "qkv":
            writer.add_tensor(f"blk.{layer}.attn_{part}.weight", drawn(WIDTH, WIDTH))
            writer.add_tensor(f"blk.{layer}.attn_{part}.bias", zeros)
        writer.add_tensor(f"blk.{layer}.attn_output.weight", drawn(WIDTH, WIDTH))
        for part, shape in (("limiter", (INNER, WIDTH)), ("up", (INNER, WIDTH)), ("down", (WIDTH, INNER))):
            writer.add_tensor(f"blk.{layer}.ffn_{part}.weight", drawn(*shape))


if __name__ == "__main__":
    write(sys.argv[1])
