"""Transcripts as meeting services export them: every word with its speaker, or a clear refusal."""
