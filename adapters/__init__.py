"""The adapters: one package for each platform, which imports the bridge's public names and no other adapter."""
