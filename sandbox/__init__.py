"""The outer world on a laptop: providers, 360Learning and AWS, simulated over HTTP."""
