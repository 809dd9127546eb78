"""The list of benchmarks/lists.py from the same SQLite file by FastAPI and SQLAlchemy's ORM, as their handbooks do it.

`python fastapi_lists.py FILE` prints its address.
"""

import socket
import sys
from collections.abc import Iterator

import uvicorn
from fastapi import Depends, FastAPI
from pydantic import BaseModel, ConfigDict
from sqlalchemy import ForeignKey, create_engine, select
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, relationship, selectinload


class Base(DeclarativeBase):
    pass


class StepRow(Base):
    __tablename__ = "steps"
    id: Mapped[str] = mapped_column(primary_key=True)
    pipeline_id: Mapped[str] = mapped_column(ForeignKey("pipelines.id"))
    position: Mapped[int]
    agent: Mapped[str | None]
    status: Mapped[str]
    error_message: Mapped[str | None]


class PipelineRow(Base):
    __tablename__ = "pipelines"
    id: Mapped[str] = mapped_column(primary_key=True)
    title: Mapped[str]
    prompt: Mapped[str]
    status: Mapped[str]
    created_at: Mapped[str]
    started_at: Mapped[str | None]
    finished_at: Mapped[str | None]
    error_message: Mapped[str | None]
    template: Mapped[str | None]
    steps: Mapped[list[StepRow]] = relationship(order_by=StepRow.position)


class Step(BaseModel):
    model_config = ConfigDict(from_attributes=True)
    id: str
    position: int
    agent: str | None
    status: str
    error_message: str | None


class Pipeline(BaseModel):
    model_config = ConfigDict(from_attributes=True)
    id: str
    title: str
    prompt: str
    status: str
    created_at: str
    started_at: str | None
    finished_at: str | None
    error_message: str | None
    template: str | None
    steps: list[Step]


engine = create_engine(f"sqlite:///{sys.argv[1]}", connect_args={"check_same_thread": False})
app = FastAPI()


def session() -> Iterator[Session]:
    with Session(engine) as opened:
        yield opened


@app.get("/pipelines", response_model=list[Pipeline])
def pipelines(first: int = 50, opened: Session = Depends(session)) -> list[PipelineRow]:  # noqa: B008
    newest = select(PipelineRow).order_by(PipelineRow.created_at.desc(), PipelineRow.id.desc()).limit(first)
    return list(opened.scalars(newest.options(selectinload(PipelineRow.steps))))


if __name__ == "__main__":
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        print(f"http://127.0.0.1:{listening.getsockname()[1]}", flush=True)
        config = uvicorn.Config(app, access_log=False, log_level="error")
        uvicorn.Server(config).run(sockets=[listening])
